// table: deb_packages
MATCH (p:Package) WHERE p.manager = 'dpkg' AND p.state <> 'config-files'
RETURN p.name AS name, p.version AS version, p.source AS source, p.size AS size,
  p.architecture AS arch,
  CASE WHEN p.version CONTAINS '-' THEN reverse(split(reverse(p.version), '-')[0]) ELSE '' END
    AS revision,
  p.wanted + ' ok ' + p.state AS status, p.maintainer AS maintainer, p.section AS section,
  p.priority AS priority, '/var/lib/dpkg' AS admindir

// table: rpm_packages
// empty: this machine has no packages of rpm
MATCH (p:Package) WHERE p.manager = 'rpm'
RETURN p.name AS name, p.version AS version, p.release AS release, p.source AS source,
  p.size AS size, p.sha1 AS sha1, p.architecture AS arch, p.epoch AS epoch

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
// empty: this machine has no repositories of rpm
MATCH (s:YumSource)
RETURN s.title AS name, s.places AS baseurl, s.mirrors AS mirrorlist,
  CASE WHEN s.enabled THEN '1' ELSE '0' END AS enabled,
  CASE WHEN s.signed THEN '1' ELSE '0' END AS gpgcheck, s.keys AS gpgkey

// table: portage_keywords
// empty: this machine is no Gentoo
MATCH (r:PackageRule) WHERE r.kind IN ['keywords', 'mask', 'unmask']
RETURN r.package AS package, r.version AS version, r.words AS keyword,
  CASE WHEN r.kind = 'mask' THEN 1 ELSE 0 END AS mask,
  CASE WHEN r.kind = 'unmask' THEN 1 ELSE 0 END AS unmask

// table: portage_packages
// empty: this machine is no Gentoo
MATCH (p:Package) WHERE p.manager = 'portage'
RETURN p.name AS package, p.version AS version, p.slot AS slot, p.built / 1000 AS build_time,
  p.repository AS repository, p.eapi AS eapi, p.size AS size,
  CASE WHEN p.reason = 'explicit' THEN 1 ELSE 0 END AS world

// table: portage_use
// empty: this machine is no Gentoo
MATCH (p:Package) WHERE p.manager = 'portage'
UNWIND p.use AS flag
RETURN p.name AS package, p.version AS version, flag AS `use`

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
// empty: no followed file of this machine has extended attributes
MATCH (f:File) WHERE f.attributes IS NOT NULL
UNWIND f.attributes AS key
RETURN f.path AS path, left(f.path, size(f.path) - size(reverse(split(reverse(f.path), '/')[0])))
    AS directory,
  key, CASE WHEN key = 'security.capability' THEN f.capabilities ELSE null END AS value, 0 AS base64

// table: yara_events
// not: scans contents by rules; Pisces keeps no rules engine

// table: carves
// not: copies files off the machine; a tool of forensics, not of operation

// table: java_packages
MATCH (j:JavaArchive)
RETURN j.title AS name, j.uid AS uid, j.version AS version, null AS summary, j.vendor AS author,
  null AS license, j.path AS path, j.kind AS type,
  left(j.path, size(j.path) - size(reverse(split(reverse(j.path), '/')[0])) - 1) AS directory

// table: homebrew_packages
// empty: this machine has no Homebrew
MATCH (p:Package) WHERE p.manager = 'homebrew'
RETURN p.name AS name, p.location AS path, p.version AS version, p.kind AS type,
  0 AS auto_updates, null AS app_name, split(p.location, '/Cellar/')[0] AS prefix

// table: flatpak_packages
// empty: this machine has no Flatpak
MATCH (p:Package) WHERE p.manager = 'flatpak'
RETURN p.title AS name, p.name AS app_id, p.version AS version, p.architecture AS arch,
  p.branch AS branch, p.commit AS commit_hash, p.origin AS origin, p.runtime AS runtime,
  p.kind AS type, p.scope AS installation, p.summary AS summary, null AS description,
  p.license AS license, null AS homepage, null AS developer_name

// table: pacman_packages
// empty: this machine has no pacman
MATCH (p:Package) WHERE p.manager = 'pacman'
RETURN p.name AS name, p.version AS version, p.source AS source, p.summary AS description,
  p.homepage AS url, p.license AS licenses, p.groups AS groups, p.architecture AS arch,
  p.size AS size, p.maintainer AS packager, p.built / 1000 AS build_time,
  p.installed / 1000 AS install_time, p.reason AS install_reason, p.validation AS validation,
  '/var/lib/pacman' AS dbpath

// table: snap_packages
// empty: this machine has no snapd
MATCH (p:Package) WHERE p.manager = 'snap'
RETURN p.name AS name, p.version AS version, p.summary AS summary, null AS description,
  p.kind AS type, p.confinement AS confinement, p.base AS base, p.license AS license,
  p.grade AS grade, p.architectures AS architectures, p.revision AS revision,
  p.channel AS channel, p.storeId AS snap_id

// table: yara_file
// not: scans contents by rules; Pisces keeps no rules engine

// table: yara_process
// not: scans memory by rules; Pisces keeps no rules engine

// fact: package_provider
MATCH (p:Package) WITH p.manager AS manager, count(*) AS packages
RETURN manager, packages ORDER BY packages DESC
