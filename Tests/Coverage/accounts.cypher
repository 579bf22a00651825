// table: users
MATCH (u:User)
RETURN u.uid AS uid, u.gid AS gid, u.uid AS uid_signed, u.gid AS gid_signed, u.name AS username,
  u.description AS description, u.home AS directory, u.shell AS shell, null AS uuid

// table: groups
MATCH (g:Group)
RETURN g.gid AS gid, g.gid AS gid_signed, g.name AS groupname

// table: user_groups
MATCH (u:User)-[:MEMBER]->(g:Group)
RETURN u.uid AS uid, g.gid AS gid

// table: shadow
MATCH (u:User) WHERE u.password IS NOT NULL
RETURN u.password AS password_status, u.passwordMethod AS hash_alg,
  u.passwordChanged / 86400000 AS last_change, u.passwordMinimum AS min, u.passwordMaximum AS max,
  u.passwordWarning AS warning, u.passwordGrace AS inactive, u.expires / 86400000 AS expire,
  null AS flag, u.name AS username

// table: sudoers
// empty: sudo is not installed on this machine
MATCH (r:SudoRule)
RETURN r.file AS source, r.header AS header, r.rule AS rule_details

// table: authorized_keys
// empty: no user of this machine has authorised keys; the key itself is not kept, its fingerprint is
MATCH (k:AuthorizedKey)
RETURN k.uid AS uid, k.keyType AS algorithm, k.fingerprint AS key, k.options AS options,
  k.comment AS comment, k.file AS key_file

// table: known_hosts
// empty: no user of this machine knows hosts; the key itself is not kept, its fingerprint is
MATCH (h:KnownHost)
RETURN h.uid AS uid, h.fingerprint AS key, h.file AS key_file

// table: user_ssh_keys
// empty: no user of this machine has SSH keys
MATCH (k:SshKey)
RETURN k.uid AS uid, k.path AS path, CASE WHEN k.encrypted THEN 1 ELSE 0 END AS encrypted,
  k.keyType AS key_type, k.bits AS key_length

// table: ssh_configs
MATCH (o:SshOption)
RETURN coalesce(o.uid, 0) AS uid, o.block AS block, o.option + ' ' + o.value AS option,
  o.file AS ssh_config_file

// table: crontab
MATCH (j:CronJob)
RETURN j.event AS event, j.minute AS minute, j.hour AS hour, j.dayOfMonth AS day_of_month,
  j.month AS month, j.dayOfWeek AS day_of_week, j.command AS command, j.file AS path

// table: etc_hosts
MATCH (h:HostEntry)
RETURN h.address AS address, h.hostnames AS hostnames

// table: etc_services
MATCH (s:ServiceName)
RETURN s.service AS name, s.port AS port, s.protocol AS protocol, s.aliases AS aliases,
  s.comment AS comment

// table: etc_protocols
MATCH (p:Protocol)
RETURN p.protocol AS name, p.number AS number, p.aliases AS alias, p.comment AS comment

// table: dns_resolvers
MATCH (r:Resolver)
RETURN r.order AS id, r.kind AS type, r.value AS address, r.mask AS netmask,
  CASE WHEN r.kind = 'option' THEN r.value END AS options

// table: logged_in_users
// empty: nobody is logged in on this machine
MATCH (s:Session)
RETURN s.kind AS type, s.user AS user, s.tty AS tty, s.host AS host, s.since / 1000 AS time,
  s.leader AS pid

// table: last
// empty: nobody has logged in on this machine
MATCH (l:Login)
RETURN l.user AS username, l.tty AS tty, l.pid AS pid,
  CASE l.kind WHEN 'boot' THEN 2 ELSE 7 END AS type, l.kind AS type_name, l.time / 1000 AS time,
  l.host AS host

// table: certificates
MATCH (c:Certificate)
UNWIND c.paths AS path
RETURN c.commonName AS common_name, c.subject AS subject, c.issuer AS issuer,
  CASE WHEN c.authority THEN 1 ELSE 0 END AS ca,
  CASE WHEN c.selfIssued THEN 1 ELSE 0 END AS self_signed,
  c.notBefore / 1000 AS not_valid_before, c.notAfter / 1000 AS not_valid_after,
  c.signature AS signing_algorithm, c.key AS key_algorithm, c.keyBits AS key_strength,
  c.usage AS key_usage, c.subjectKey AS subject_key_id, c.authorityKey AS authority_key_id,
  c.fingerprint AS sha256, path AS path, c.serial AS serial

// table: ulimit_info
MATCH (l:Limit)
RETURN l.item AS type, l.soft AS soft_limit, l.hard AS hard_limit

// table: time
MATCH (c:Clock)
WITH c, datetime() AS now
RETURN now.dayOfWeek AS weekday, now.year AS year, now.month AS month, now.day AS day,
  now.hour AS hour, now.minute AS minutes, now.second AS seconds, c.zone AS timezone,
  c.zoneRule AS local_timezone, now.epochSeconds AS unix_time, toString(now) AS timestamp,
  toString(now) AS datetime, toString(now) AS iso_8601

// table: suid_bin
MATCH (f:SetUserFile)
RETURN f.path AS path, f.user AS username, f.group AS groupname,
  CASE WHEN f.setUser THEN 'S' ELSE '' END + CASE WHEN f.setGroup THEN 'G' ELSE '' END
    AS permissions

// table: augeas
MATCH (s:Setting)
RETURN s.file + '/' + coalesce(s.section + '/', '') + s.key AS node, s.value AS value,
  s.key AS label, s.file AS path

// table: chrome_extensions
// empty: no browser of this machine has extensions
MATCH (e:Extension) WHERE e.program IN ['chrome', 'chromium', 'brave', 'edge', 'vivaldi', 'opera']
RETURN e.program AS browser_type, e.uid AS uid, e.name AS name, e.profile AS profile,
  e.id AS identifier, e.version AS version, e.description AS description, e.author AS author,
  e.path AS path, e.permissions AS permissions

// table: firefox_addons
// empty: Firefox is not installed on this machine
MATCH (e:Extension {program: 'firefox'})
RETURN e.uid AS uid, e.name AS name, e.id AS identifier, e.author AS creator,
  e.version AS version, e.description AS description, e.path AS path,
  CASE WHEN e.active THEN 1 ELSE 0 END AS active

// table: vscode_extensions
// empty: no editor of this machine has extensions
MATCH (e:Extension) WHERE e.program IN ['vscode', 'vscode-server', 'vscodium', 'cursor']
RETURN e.name AS name, e.id AS uuid, e.version AS version, e.path AS path, e.author AS publisher,
  e.uid AS uid

// table: jetbrains_plugins
// empty: no editor of this machine has plugins
MATCH (e:Extension) WHERE e.program = 'jetbrains'
RETURN e.profile AS product_type, e.uid AS uid, e.name AS name, e.version AS version,
  null AS vendor, e.path AS path

// table: chrome_extension_content_scripts
// empty: no browser of this machine has extensions
MATCH (e:Extension) WHERE e.scripts IS NOT NULL
UNWIND range(0, size(e.scripts) - 1) AS place
RETURN e.program AS browser_type, e.uid AS uid, e.id AS identifier, e.version AS version,
  e.scripts[place] AS script, e.matches[place] AS `match`, e.profile AS profile_path, e.path AS path,
  null AS referenced

// table: chrome_search_engines
// not: they lie in a database file that the running browser holds

// table: ai_agent_skills
// empty: no home of this machine has skills
MATCH (e:Extension) WHERE e.kind = 'agent skill'
RETURN e.name AS name, e.description AS description, e.version AS version, e.license AS license,
  e.compatibility AS compatibility, e.permissions AS allowed_tools, e.program AS agent,
  'user' AS scope, e.path AS directory, e.path + '/SKILL.md' AS path, null AS resource_count,
  null AS script_count, e.uid AS uid, e.user AS username

// table: shell_history
// not: what people typed holds secrets, and Pisces keeps none

// table: magic
// not: guesses at file contents by rules of libmagic; Pisces reads no contents of users' files

// table: carbon_black_info
// not: a product of another maker; its processes and packages are resources as all others are

// table: prometheus_metrics
// not: asks services over the network; Pisces reads the machine itself

// fact: identity
MATCH (u:User {name: 'root'})-[:PRIMARY]->(g:Group)
RETURN u.uid AS uid, u.name AS user, g.gid AS gid, g.name AS `group`, u.uid = 0 AS privileged

// fact: ssh
// empty: this machine has no SSH host keys
MATCH (k:SshKey) WHERE k.path STARTS WITH '/etc/ssh/'
RETURN k.keyType AS type, k.fingerprint AS fingerprint

// fact: timezone
MATCH (c:Clock)
RETURN c.zoneRule AS timezone, c.zone AS name

// fact: path
MATCH (s:Setting {file: '/etc/login.defs'}) WHERE s.key IN ['ENV_PATH', 'ENV_SUPATH']
RETURN s.key AS key, s.value AS path

// fact: dhcp_servers
// not: leases are files of whichever client took them, in formats of their own
