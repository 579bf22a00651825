// table: deb_packages
MATCH (p:Package) WHERE p.manager = 'dpkg' AND p.state <> 'config-files'
RETURN p.name AS name, p.version AS version, p.source AS source, p.size AS size,
  p.architecture AS arch,
  CASE WHEN p.version CONTAINS '-' THEN reverse(split(reverse(p.version), '-')[0]) ELSE '' END
    AS revision,
  p.wanted + ' ok ' + p.state AS status, p.maintainer AS maintainer, p.section AS section,
  p.priority AS priority, '/var/lib/dpkg' AS admindir

// table: rpm_packages
// not: the database of rpm is read by its own library; the contract of the sensor says so where one is

// table: rpm_package_files
// not: the database of rpm is read by its own library

// table: python_packages
MATCH (p:Package) WHERE p.manager = 'pip'
RETURN p.name AS name, p.version AS version, p.summary AS summary, p.author AS author,
  p.license AS license, p.location AS path, p.location AS directory

// table: npm_packages
MATCH (p:Package) WHERE p.manager = 'npm'
RETURN p.name AS name, p.version AS version, p.summary AS description, p.author AS author,
  p.license AS license, p.location + '/' + p.name AS path

// table: apt_sources
MATCH (s:AptSource) WHERE s.enabled
RETURN s.name AS name, s.file AS source, s.uri AS base_uri, coalesce(s.release, s.suite) AS release,
  s.version AS version, s.origin AS maintainer, s.components AS components,
  s.architectures AS architectures

// table: yum_sources
// not: Pisces reads no databases of rpm, so it does not read where its packages come from

// table: portage_keywords
// not: Gentoo's settings of packages are not read

// table: portage_packages
// not: Gentoo's records of packages are not read

// table: portage_use
// not: Gentoo's settings of packages are not read

// table: file
MATCH (f:File)
RETURN f.path AS path, left(f.path, size(f.path) - size(reverse(split(reverse(f.path), '/')[0])))
    AS directory,
  reverse(split(reverse(f.path), '/')[0]) AS filename, f.inode AS inode, f.uid AS uid,
  f.gid AS gid, f.mode AS mode, f.device AS device, f.size AS size, f.modified / 1000 AS mtime,
  f.born / 1000 AS btime, f.links AS hard_links,
  CASE WHEN f.kind = 'link' THEN 1 ELSE 0 END AS symlink, f.kind AS type,
  f.target AS symlink_target_path

// table: file_events
// event: touch /etc/pisces-coverage && sleep 1 && rm /etc/pisces-coverage
MATCH (f:File)
RETURN f.path AS target_path, 'UPDATED' AS action, f.inode AS inode, f.uid AS uid, f.gid AS gid,
  f.mode AS mode, f.size AS size, f.modified / 1000 AS mtime, f.changedBy AS executable

// table: device_file
// not: reads a file system past the kernel; a tool of forensics, not of operation

// table: device_hash
// not: digests of whole partitions; a tool of forensics, not of operation

// table: extended_attributes
// not: attributes of files are not read; capabilities of programs are the next to add

// table: yara_events
// not: scans contents by rules; Pisces keeps no rules engine

// table: carves
// not: copies files off the machine; a tool of forensics, not of operation

// table: java_packages
// not: archives of Java are not opened

// table: homebrew_packages
// not: the prefix of Homebrew on Linux is not read

// table: flatpak_packages
// not: installations of Flatpak are not read

// table: pacman_packages
// not: the database of pacman is not read

// table: snap_packages
// not: snaps are seen as mounts; their service is not asked

// table: yara_file
// not: scans contents by rules; Pisces keeps no rules engine

// table: yara_process
// not: scans memory by rules; Pisces keeps no rules engine

// fact: package_provider
MATCH (p:Package) WITH p.manager AS manager, count(*) AS packages
RETURN manager, packages ORDER BY packages DESC
