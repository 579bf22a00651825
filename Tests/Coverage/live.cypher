// What changes all the time, or is too much to be kept, is looked at when it is asked for.

// table: cpu_time
CALL mms.live() YIELD name, value
WITH split(name, '.') AS parts, value WHERE parts[0] = 'cpu'
RETURN toInteger(parts[1]) AS core, parts[2] AS kind, value AS ticks

// table: load_average
CALL mms.live() YIELD name, value WITH name, value WHERE name STARTS WITH 'load.'
RETURN replace(name, 'load.', '') + 'm' AS period, value AS average

// fact: load_averages
CALL mms.live() YIELD name, value WITH name, value WHERE name STARTS WITH 'load.'
RETURN name, value

// table: memory_info
CALL mms.live() YIELD name, value
WITH name, value WHERE name STARTS WITH 'memory.' OR name STARTS WITH 'swap.'
RETURN name, value AS bytes

// table: process_memory_map
MATCH (p:Process {name: 'pisces'})
CALL mms.maps(p.pid) YIELD start, end, permissions, offset, device, inode, path
RETURN p.pid AS pid, start, end, permissions, offset, device, inode, path

// table: deb_package_files
MATCH (p:Package {manager: 'dpkg'}) WITH p ORDER BY p.name LIMIT 20
CALL mms.packageFiles(p.name) YIELD path
RETURN p.name AS package, path

// table: hash
MATCH (f:File) WHERE f.name STARTS WITH '/usr/bin/d'
CALL mms.digest(f.name) YIELD sha256
RETURN f.name AS path, sha256, null AS md5, null AS sha1

// table: osquery_events
// not: osquery's own; `pisces sensors` has the same of Pisces

// table: osquery_extensions
// not: osquery's own; Pisces has no extensions in other processes

// table: osquery_flags
// not: osquery's own; the bounds of Pisces are `pisces limits`

// table: osquery_info
// not: osquery's own; `pisces status` tells of the node

// table: osquery_packs
// not: osquery's own; questions that stand are `pisces watch`

// table: osquery_registry
// not: osquery's own; what there is to ask is `pisces types`

// table: osquery_schedule
// not: osquery's own; nothing is scheduled, everything is live

// table: azure_instance_metadata
// not: asks a service of the cloud over the network; Pisces observes the machine itself

// table: azure_instance_tags
// not: asks a service of the cloud over the network

// table: ec2_instance_metadata
// not: asks a service of the cloud over the network

// table: ec2_instance_tags
// not: asks a service of the cloud over the network

// table: ycloud_instance_metadata
// not: asks a service of the cloud over the network

// fact: az_metadata
// not: asks a service of the cloud over the network

// fact: ec2_metadata
// not: asks a service of the cloud over the network

// fact: ec2_userdata
// not: asks a service of the cloud over the network

// fact: gce
// not: asks a service of the cloud over the network
