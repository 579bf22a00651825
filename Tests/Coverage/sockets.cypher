// table: listening_ports
MATCH (p:Process)-[:LISTENS]->(s:Socket)
RETURN p.pid AS pid, s.localPort AS port, s.protocol AS protocol, s.family AS family,
  s.localAddress AS address, s.inode AS socket, s.path AS path, s.namespace AS net_namespace,
  null AS fd

// table: process_open_sockets
MATCH (p:Process)-[r:LISTENS|CONNECTS]->(s:Socket)
RETURN p.pid AS pid, null AS fd, s.inode AS socket, s.family AS family, s.protocol AS protocol,
  s.localAddress AS local_address, s.remoteAddress AS remote_address, s.localPort AS local_port,
  s.remotePort AS remote_port, s.path AS path, s.state AS state, s.namespace AS net_namespace

// table: process_open_files
MATCH (p:Process)-[:OPENS]->(f:OpenFile)
RETURN p.pid AS pid, null AS fd, f.path AS path

// table: process_open_pipes
MATCH (p:Process)-[r:READS|WRITES]->(i:Pipe)
OPTIONAL MATCH (i)<-[w:READS|WRITES]-(other:Process)
WHERE other.pid <> p.pid AND type(w) <> type(r)
RETURN p.pid AS pid, null AS fd, CASE type(r) WHEN 'READS' THEN 'r' ELSE 'w' END AS mode,
  i.inode AS inode, 'unnamed' AS type, other.pid AS partner_pid, null AS partner_fd,
  CASE type(w) WHEN 'READS' THEN 'r' WHEN 'WRITES' THEN 'w' END AS partner_mode

// table: socket_events
// event: timeout 4 python3 -m http.server 7999 --bind 127.0.0.1
MATCH (s:Socket)
WHERE s.localPort = 7999
RETURN s.state AS action, s.family AS family, s.protocol AS protocol, s.inode AS socket,
  s.localAddress AS local_address, s.localPort AS local_port, s.remoteAddress AS remote_address,
  s.remotePort AS remote_port, s.path AS path

// table: arp_cache
MATCH (n:Neighbour)
WHERE n.hardwareAddress IS NOT NULL
RETURN n.address AS address, n.hardwareAddress AS mac, n.interface AS interface,
  CASE n.state WHEN 'permanent' THEN 1 ELSE 0 END AS permanent

// table: iptables
// empty: this machine has no rules
MATCH (r:FirewallRule)-[:IN]->(c:FirewallChain)
RETURN r.table AS filter_name, r.chain AS chain, c.policy AS policy, r.verdict AS target,
  r.rule AS match, null AS packets, null AS bytes

// table: interface_addresses
MATCH (a:Address)
RETURN a.interface AS interface, a.address AS address, a.prefix AS mask,
  a.broadcast AS broadcast, a.peer AS point_to_point,
  CASE WHEN 'permanent' IN a.flags THEN 'manual' ELSE 'dhcp' END AS type

// table: interface_details
MATCH (i:Interface)
RETURN i.name AS interface, i.hardwareAddress AS mac, i.kind AS type, i.mtu AS mtu,
  i.flags AS flags, i.state AS state, null AS ipackets, null AS opackets, null AS ibytes,
  null AS obytes, null AS ierrors, null AS oerrors, null AS last_change

// table: interface_ipv6
MATCH (s:Ipv6Setting)-[:ON]->(i:Interface)
RETURN i.name AS interface, s.hopLimit AS hop_limit, s.forwarding AS forwarding_enabled,
  s.acceptRedirects AS redirect_accept, s.acceptRouterAdvertisements AS rtadv_accept

// table: routes
MATCH (r:Route)
RETURN r.destination AS destination, r.gateway AS gateway, r.source AS source,
  r.interface AS interface, r.metric AS metric, r.kind AS type, r.table AS table,
  r.scope AS scope

// table: processes
MATCH (p:Process)
RETURN p.pid AS pid, p.name AS name, p.executable AS path, p.commandLine AS cmdline,
  p.uid AS euid, p.gid AS egid, p.ppid AS parent, p.startTime AS start_time, p.cgroup AS cgroup,
  CASE WHEN p.executableGone THEN 0 ELSE 1 END AS on_disk

// table: process_events
// event: sleep 0.7
MATCH (p:Process)
WHERE p.name = 'sleep'
RETURN p.pid AS pid, p.executable AS path, p.commandLine AS cmdline, p.uid AS euid, p.gid AS egid,
  p.ppid AS parent, p.startTime AS time

// table: process_file_events
// event: echo a >/etc/pisces-coverage; sleep 1; rm /etc/pisces-coverage
MATCH (f:File)-[:CHANGED_BY]->(p:Process)
RETURN 'write' AS operation, p.pid AS pid, p.ppid AS ppid, f.modified / 1000 AS time,
  p.executable AS executable, f.path AS path, p.uid AS euid, p.gid AS egid

// table: process_envs
// not: values of environments are never stored; the names of a service's variables are

// table: shared_memory
// empty: this machine has no System V segments
MATCH (m:SharedMemory)
RETURN m.shmid AS shmid, m.uid AS owner_uid, m.creatorUid AS creator_uid,
  m.creatorPid AS creator_pid, m.permissions AS permissions, m.size AS size,
  m.attached AS attached, CASE WHEN m.removed THEN 'dest' ELSE '' END AS status,
  CASE WHEN m.locked THEN 1 ELSE 0 END AS locked

// table: curl
// not: makes a request of the network; Pisces observes and asks nobody

// table: curl_certificate
// not: makes a connection to any host; certificates on this machine are resources

// fact: networking.interfaces
MATCH (i:Interface)
OPTIONAL MATCH (a:Address)-[:ON]->(i)
RETURN i.name AS interface, i.hardwareAddress AS mac, i.mtu AS mtu, i.state AS operational_state,
  collect(a.address) AS bindings

// fact: networking
MATCH (m:Machine)
MATCH (r:Route)-[:ON]->(i:Interface)<-[:ON]-(a:Address)
WHERE r.destination = 'default' AND a.family = r.family AND a.scope = 'global'
RETURN m.hostname AS hostname, i.name AS primary, a.address AS ip, a.prefix AS netmask,
  i.hardwareAddress AS mac, i.mtu AS mtu
