// table: systemd_units
MATCH (s:Unit)
OPTIONAL MATCH (s)-[:ALIAS]->(of:Unit)
RETURN s.name AS id, s.description AS description, s.loadState AS load_state,
  s.activeState AS active_state, s.subState AS sub_state, s.enabled AS unit_file_state,
  of.name AS following, s.fragmentPath AS fragment_path, s.user AS user, s.job AS job_type,
  s.dropIns AS drop_ins, s.wantedBy AS wanted_by, s.schedule AS schedule

// table: startup_items
MATCH (s:Unit) WHERE s.enabled = 'enabled'
RETURN s.name AS name, s.fragmentPath AS path, s.command AS args, s.kind AS type,
  s.supervisor AS source, s.enabled AS status, s.user AS username
UNION ALL
MATCH (a:Autostart)
RETURN a.name AS name, a.path AS path, a.command AS args, 'autostart' AS type,
  'desktop' AS source, CASE WHEN a.enabled THEN 'enabled' ELSE 'disabled' END AS status,
  a.user AS username

// table: process_namespaces
// empty: only processes that left the namespaces the machine began in have links
MATCH (p:Process)-[:IN_NAMESPACE]->(n:Namespace)
RETURN p.pid AS pid, n.kind AS kind, n.inode AS inode

// table: docker_containers
// empty: no engine runs containers here
MATCH (c:Container)
RETURN c.id AS id, c.name AS name, c.image AS image, c.imageId AS image_id, c.command AS command,
  c.created / 1000 AS created, c.status AS state, c.pid AS pid, c.bundle AS path,
  c.securityOptions AS security_options, c.environment AS env_variables,
  c.readOnly AS readonly_rootfs, c.privileged AS privileged, c.cgroup AS cgroup_namespace

// table: docker_container_labels
// empty: no engine runs containers here
MATCH (c:Container) UNWIND c.labels AS label
RETURN c.id AS id, split(label, '=')[0] AS key, split(label, '=')[1] AS value

// table: docker_container_envs
// empty: no engine runs containers here
MATCH (c:Container) UNWIND c.environment AS key
RETURN c.id AS id, key, null AS value

// table: docker_container_mounts
// empty: no engine runs containers here
MATCH (c:Container) UNWIND c.mounts AS mount
WITH c, mount, split(mount, ':') AS parts
RETURN c.id AS id, parts[0] AS source, parts[1] AS destination,
  CASE WHEN mount ENDS WITH ':ro' THEN 0 ELSE 1 END AS rw

// table: docker_container_networks
// empty: no engine runs containers here
MATCH (c:Container) UNWIND c.networks AS network
RETURN c.id AS id, split(network, '=')[0] AS name, split(network, '=')[1] AS ip_address

// table: docker_container_ports
// empty: no engine runs containers here
MATCH (c:Container) UNWIND c.ports AS port
RETURN c.id AS id, split(port, '->')[0] AS host, split(split(port, '->')[1], '/')[0] AS port,
  split(port, '/')[1] AS type

// table: docker_container_processes
// empty: no engine runs containers here
MATCH (c:Container)-[:IN]->(g:Cgroup)<-[:IN]-(p:Process)
RETURN c.id AS id, p.pid AS pid, p.name AS name, p.commandLine AS cmdline, p.uid AS euid,
  p.ppid AS parent, p.startTime AS start_time

// table: docker_container_stats
// empty: no engine runs containers here
MATCH (c:Container)-[:IN]->(g:Cgroup)<-[:IN]-(p:Process)
CALL mms.process(p.pid) YIELD name, value, unit
RETURN c.id AS id, c.name AS container, name, sum(value) AS value, unit, g.memoryMax AS memory_limit,
  count(DISTINCT p.pid) AS pids

// table: docker_version
// empty: no engine is installed here
MATCH (p:Package) WHERE p.name IN ['docker.io', 'docker-ce', 'podman', 'containerd']
RETURN p.name AS name, p.version AS version

// table: docker_container_fs_changes
// not: compares layers of images; Pisces follows the files of configured roots

// table: docker_image_history
// not: images are contents of an engine's own store; Pisces knows those that containers are made of

// table: docker_image_labels
// not: images are contents of an engine's own store

// table: docker_image_layers
// not: images are contents of an engine's own store

// table: docker_images
// not: images are contents of an engine's own store; container.image names those in use

// table: docker_info
// not: asks the engine; what it runs are containers, what it is installed as a package

// table: docker_network_labels
// not: networks of an engine are its own; their interfaces, routes and firewall rules are resources

// table: docker_networks
// not: networks of an engine are its own; their interfaces, routes and firewall rules are resources

// table: docker_volume_labels
// not: volumes of an engine are its own; those in use are in container.mounts

// table: docker_volumes
// not: volumes of an engine are its own; those in use are in container.mounts

// table: lxd_certificates
// not: asks the service of LXD

// table: lxd_cluster
// not: asks the service of LXD

// table: lxd_cluster_members
// not: asks the service of LXD

// table: lxd_images
// not: asks the service of LXD

// table: lxd_instance_config
// not: asks the service of LXD

// table: lxd_instance_devices
// not: asks the service of LXD

// table: lxd_networks
// not: asks the service of LXD; its bridges are interfaces

// table: lxd_storage_pools
// not: asks the service of LXD

// table: lxd_instances
// empty: no containers of LXC here
MATCH (c:Container {engine: 'lxc'})
RETURN c.name AS name, c.status AS status, c.created AS created_at, c.image AS base_image,
  c.rootFolder AS path
