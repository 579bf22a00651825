// table: block_devices
MATCH (b:BlockDevice)
OPTIONAL MATCH (b)-[:ON]->(p:BlockDevice)
RETURN b.path AS name, p.path AS parent, b.vendor AS vendor, b.model AS model, b.size AS size,
  b.fileSystemUuid AS uuid, b.fileSystem AS type, b.label AS label

// table: device_partitions
// empty: this machine's disk has no partitions
MATCH (p:BlockDevice)-[:ON]->(d:BlockDevice)
WHERE p.kind = 'partition'
RETURN d.path AS device, p.number AS partition, p.partitionName AS label, p.partitionType AS type,
  p.offset AS offset, d.logicalBlock AS blocks_size, p.size / d.logicalBlock AS blocks,
  null AS inodes, 0 AS flags

// table: disk_encryption
MATCH (b:BlockDevice)
RETURN b.path AS name, b.fileSystemUuid AS uuid,
  CASE WHEN b.encryption IS NULL THEN 0 ELSE 1 END AS encrypted, b.encryption AS type,
  CASE WHEN b.encryption IS NULL THEN 'not encrypted' ELSE 'encrypted' END AS encryption_status

// table: md_devices
// empty: this machine has no RAID
MATCH (b:BlockDevice)
WHERE b.raidLevel IS NOT NULL
RETURN b.name AS device_name, b.raidState AS status, b.raidLevel AS raid_level,
  b.size / 1024 AS size, b.raidChunk AS chunk_size, b.raidDisks AS raid_disks,
  size(b.raidMembers) AS nr_raid_disks,
  size([m IN b.raidMembers WHERE m.state CONTAINS 'in_sync']) AS working_disks,
  size([m IN b.raidMembers WHERE m.state CONTAINS 'in_sync']) AS active_disks,
  size([m IN b.raidMembers WHERE m.state CONTAINS 'faulty']) AS failed_disks,
  size([m IN b.raidMembers WHERE m.state CONTAINS 'spare']) AS spare_disks,
  b.raidState AS superblock_state, b.raidMetadata AS superblock_version,
  null AS superblock_update_time,
  null AS bitmap_on_mem, null AS bitmap_chunk_size, null AS bitmap_external_file,
  CASE b.raidAction WHEN 'recover' THEN 'running' END AS recovery_progress,
  null AS recovery_finish, null AS recovery_speed,
  CASE b.raidAction WHEN 'resync' THEN 'running' END AS resync_progress,
  null AS resync_finish, null AS resync_speed,
  CASE b.raidAction WHEN 'reshape' THEN 'running' END AS reshape_progress,
  null AS reshape_finish, null AS reshape_speed,
  CASE b.raidAction WHEN 'check' THEN 'running' END AS check_array_progress,
  null AS check_array_finish, null AS check_array_speed, null AS unused_devices, null AS other

// table: md_drives
// empty: this machine has no RAID
MATCH (b:BlockDevice)
UNWIND b.raidMembers AS m
RETURN b.name AS md_device_name, m.device AS drive_name, m.slot AS slot, m.state AS state

// table: md_personalities
// empty: this kernel has no RAID
MATCH (k:Kernel)
UNWIND k.raidPersonalities AS name
RETURN name

// table: mounts
MATCH (m:Mount)
OPTIONAL MATCH (m)-[:ON]->(b:BlockDevice)
RETURN coalesce(b.path, m.source) AS device, m.source AS device_alias, m.mountPoint AS path,
  m.fileSystem AS type, b.logicalBlock AS blocks_size, b.size / b.logicalBlock AS blocks,
  null AS blocks_free, null AS blocks_available, null AS inodes, null AS inodes_free,
  m.options AS flags

// table: pci_devices
MATCH (d:PciDevice)
RETURN d.address AS pci_slot, d.class AS pci_class_id, d.className AS pci_class,
  d.driver AS driver, null AS vendor, d.vendorId AS vendor_id, null AS model,
  d.deviceId AS model_id, substring(d.class, 2, 2) AS pci_subclass_id,
  null AS pci_subclass, d.subsystemVendorId AS subsystem_vendor_id,
  null AS subsystem_vendor, d.subsystemDeviceId AS subsystem_model_id, null AS subsystem_model

// table: usb_devices
// empty: this machine has no USB
MATCH (d:UsbDevice)
RETURN d.number AS usb_address, d.bus AS usb_port, d.vendor AS vendor, d.vendorId AS vendor_id,
  d.version AS version, d.product AS model, d.productId AS model_id, d.serial AS serial,
  d.class AS class, d.subclass AS subclass, d.protocol AS protocol, d.removable AS removable

// table: cpu_info
MATCH (c:Cpu)
RETURN coalesce(c.socket, 'CPU ' + toString(c.number)) AS device_id, c.model AS model,
  c.vendor AS manufacturer, c.kind AS processor_type, c.enabled AS cpu_status,
  c.cores AS number_of_cores, c.threads AS logical_processors, c.addressWidth AS address_width,
  c.bootFrequency / 1000 AS current_clock_speed,
  coalesce(c.maximumFrequency, c.ratedFrequency) / 1000 AS max_clock_speed,
  c.socket AS socket_designation

// table: cpuid
// not: the kernel's words are in cpu.flags; which register and bit each comes from is not kept

// table: uptime
MATCH (m:Machine)
WITH (timestamp() - m.bootTime) / 1000 AS s
RETURN s / 86400 AS days, s / 3600 % 24 AS hours, s / 60 % 60 AS minutes, s % 60 AS seconds,
  s AS total_seconds

// table: memory_devices
// empty: this machine has no SMBIOS
MATCH (m:MemoryModule)
OPTIONAL MATCH (m)-[:IN]->(a:MemoryArray)
RETURN m.handle AS handle, a.handle AS array_handle, m.formFactor AS form_factor,
  m.totalWidth AS total_width, m.dataWidth AS data_width, m.size / 1048576 AS size, m.set AS `set`,
  m.locator AS device_locator, m.bank AS bank_locator, m.technology AS memory_type,
  m.details AS memory_type_details, m.speed AS max_speed,
  m.configuredSpeed AS configured_clock_speed, m.manufacturer AS manufacturer,
  m.serial AS serial_number, m.assetTag AS asset_tag, m.part AS part_number,
  m.minimumVoltage AS min_voltage, m.maximumVoltage AS max_voltage,
  m.configuredVoltage AS configured_voltage

// table: memory_arrays
// empty: this machine has no SMBIOS
MATCH (a:MemoryArray)
RETURN a.handle AS handle, a.location AS location, a.use AS use,
  a.errorCorrection AS memory_error_correction, a.capacity / 1073741824 AS max_capacity,
  a.errorHandle AS memory_error_info_handle, a.slots AS number_memory_devices

// table: memory_array_mapped_addresses
// empty: this machine has no SMBIOS
MATCH (r:MemoryRange)
WHERE r.kind = 'array'
OPTIONAL MATCH (r)-[:OF]->(a:MemoryArray)
RETURN r.handle AS handle, r.start / 1024 AS starting_address, r.end / 1024 AS ending_address,
  a.handle AS memory_array_handle, r.width AS partition_width

// table: memory_device_mapped_addresses
// empty: this machine has no SMBIOS
MATCH (r:MemoryRange)
WHERE r.kind = 'module'
OPTIONAL MATCH (r)-[:OF]->(m:MemoryModule)
RETURN r.handle AS handle, r.start / 1024 AS starting_address, r.end / 1024 AS ending_address,
  m.handle AS memory_device_handle, r.arrayRange AS memory_array_mapped_address_handle,
  r.row AS partition_row_position, r.interleave AS interleave_position,
  r.interleaveDepth AS interleave_data_depth

// table: memory_error_info
// empty: this machine has no SMBIOS
MATCH (e:MemoryError)
RETURN e.handle AS handle, e.kind AS error_type, e.granularity AS error_granularity,
  e.operation AS error_operation, e.syndrome AS vendor_syndrome,
  e.arrayAddress AS memory_array_error_address, e.deviceAddress AS device_error_address,
  e.resolution AS error_resolution

// table: memory_map
MATCH (r:MemoryRegion)
RETURN r.kind AS name, r.start AS start, r.end AS `end`

// table: msr
// not: reads model-specific registers by a driver that can crash machines; live values

// table: smbios_tables
// empty: this machine has no SMBIOS
MATCH (s:SmbiosStructure)
RETURN s.number AS number, s.kind AS type, s.description AS description, s.handle AS handle,
  s.headerSize AS header_size, s.size AS size, s.digest AS md5

// table: oem_strings
// empty: this machine has no SMBIOS
MATCH (s:SmbiosStructure)
WHERE s.kind = 11
UNWIND range(1, size(s.texts)) AS number
RETURN s.handle AS handle, number, s.texts[number - 1] AS value

// table: acpi_tables
MATCH (t:AcpiTable)
RETURN t.name AS name, t.size AS size, t.digest AS md5

// table: platform_info
MATCH (f:Firmware)
RETURN f.vendor AS vendor, f.version AS version, f.date AS date, f.release AS revision,
  null AS extra, f.kind AS firmware_type, f.address AS address, f.size AS size,
  null AS volume_size

// table: system_info
MATCH (m:Machine), (c:Cpu), (h:Hardware)
RETURN m.hostname AS hostname, h.uuid AS uuid, m.architecture AS cpu_type,
  min(c.modelNumber) AS cpu_subtype, min(c.model) AS cpu_brand,
  sum(c.cores) AS cpu_physical_cores, sum(c.threads) AS cpu_logical_cores,
  min(c.microcode) AS cpu_microcode, m.memory AS physical_memory,
  h.vendor AS hardware_vendor, h.product AS hardware_model, h.version AS hardware_version,
  h.serial AS hardware_serial, h.boardVendor AS board_vendor, h.boardName AS board_model,
  h.boardVersion AS board_version, h.boardSerial AS board_serial, m.hostname AS computer_name,
  m.hostname AS local_hostname, count(c) AS cpu_sockets, null AS emulated_cpu_type

// table: secureboot
// empty: this machine has no EFI
MATCH (s:SecureBoot)
RETURN s.enabled AS secure_boot, s.deployedMode AS secure_mode, s.setupMode AS setup_mode

// table: kernel_info
MATCH (k:Kernel)
RETURN k.release AS version, k.arguments AS arguments, k.image AS path, k.root AS device

// table: kernel_modules
MATCH (m:KernelModule)
RETURN m.name AS name, m.size AS size, m.usedBy AS used_by, m.state AS status,
  m.address AS address

// table: kernel_keys
MATCH (k:KernelKey)
RETURN k.serial AS serial_number, k.flags AS flags, null AS usage,
  CASE WHEN k.expires THEN 'expires' ELSE 'perm' END AS timeout, k.permissions AS permissions,
  k.uid AS uid, k.gid AS gid, k.kind AS type, k.description AS description

// table: system_controls
MATCH (s:Sysctl)
RETURN s.name AS name, '' AS oid, s.subsystem AS subsystem, s.value AS current_value,
  s.configured AS config_value, 'string' AS type

// table: hardware_events
// event: f=$(mktemp); truncate -s 1M $f; d=$(losetup -f --show $f); sleep 2; losetup -d $d; rm $f
MATCH (d:BlockDevice)
RETURN 'add' AS action, d.path AS path, d.kind AS type, d.driver AS driver, d.vendor AS vendor,
  null AS vendor_id, d.model AS model, null AS model_id, d.serial AS serial,
  d.firmware AS revision, d.created AS time, d.sequence AS eid

// table: gpu_info
// empty: this machine has no display
MATCH (d:PciDevice)
WHERE d.className = 'display'
RETURN 'GPU' + d.address AS device_id, null AS name, null AS vendor, d.vendorId AS vendor_id,
  null AS model, d.deviceId AS model_id, d.driver AS driver, null AS driver_version, null AS vram,
  d.address AS pci_slot, d.class AS pci_class_id

// table: os_version
MATCH (m:Machine)
RETURN m.osName AS name, m.osVersion AS version, split(m.osVersion, '.')[0] AS major,
  split(m.osVersion, '.')[1] AS minor, null AS patch, null AS build, m.os AS platform,
  m.os AS platform_like, null AS codename, m.architecture AS arch

// table: selinux_settings
// empty: this kernel runs without SELinux
MATCH (s:SecurityModule)
WHERE s.name = 'selinux'
UNWIND keys(s.settings) AS key
RETURN CASE WHEN key STARTS WITH 'booleans/' THEN 'booleans' ELSE '' END AS scope, key,
  s.settings[key] AS value

// table: selinux_events
// empty: nothing was denied
MATCH (e:SecurityEvent)
WHERE e.subject IS NOT NULL
RETURN e.kind AS type, e.permissions AS message, e.last AS time, null AS uptime, null AS eid

// table: apparmor_events
// empty: nothing was denied
MATCH (e:SecurityEvent)
WHERE e.profile IS NOT NULL
RETURN e.kind AS type, null AS message, e.last AS time, null AS uptime, null AS eid,
  e.result AS apparmor, e.operation AS operation, null AS parent, e.profile AS profile,
  e.objectName AS name, e.pid AS pid, e.program AS comm, e.permissions AS denied_mask,
  null AS capname, null AS fsuid, null AS ouid, null AS capability, null AS requested_mask,
  null AS info, null AS error, null AS namespace, null AS label

// table: seccomp_events
// empty: nothing was denied
MATCH (e:SecurityEvent)
WHERE e.kind = 'SECCOMP'
RETURN e.last AS time, null AS uptime, e.auid AS auid, e.uid AS uid, null AS gid,
  e.session AS ses, e.pid AS pid, e.program AS comm, e.executable AS exe, e.signal AS sig,
  null AS arch, e.syscall AS syscall, null AS compat, null AS ip, null AS code

// table: user_events
// empty: auditing is off
MATCH (e:SecurityEvent)
WHERE e.group IN ['login', 'account']
RETURN e.uid AS uid, e.pid AS pid, null AS message, e.kind AS type,
  e.executable AS path, e.address AS address, e.terminal AS terminal, e.last AS time,
  null AS uptime

// table: apparmor_profiles
// empty: this kernel has no AppArmor
MATCH (p:ApparmorProfile)
RETURN p.path AS path, p.name AS name, p.attachment AS attach, p.mode AS mode, p.digest AS sha1

// table: intel_me_info
// not: asks the management engine through its driver; a firmware version that only a tool of its maker reads

// table: secureboot_certificates
// empty: this machine has no EFI variables
MATCH (c:Certificate) WHERE c.stores IS NOT NULL
UNWIND c.stores AS store
RETURN c.commonName AS common_name, c.subject AS subject, c.issuer AS issuer,
  c.notBefore / 1000 AS not_valid_before, c.notAfter / 1000 AS not_valid_after, null AS sha1,
  c.serial AS serial, store, c.path AS path, CASE WHEN c.authority THEN 1 ELSE 0 END AS is_ca,
  CASE WHEN c.selfIssued THEN 1 ELSE 0 END AS self_signed, c.usage AS key_usage,
  c.authorityKey AS authority_key_id, c.subjectKey AS subject_key_id,
  c.signature AS signing_algorithm, c.key AS key_algorithm, c.keyBits AS key_strength

// table: syslog_events
// not: lines of the system log are not resources; kernel-log counts those of the kernel

// fact: disks
MATCH (b:BlockDevice)
WHERE b.kind = 'disk'
RETURN b.name AS name, b.model AS model, b.vendor AS vendor, b.size AS size_bytes,
  b.serial AS serial_number, b.wwn AS wwn,
  CASE WHEN b.rotational THEN 'hdd' ELSE 'ssd' END AS type

// fact: partitions
MATCH (b:BlockDevice)
OPTIONAL MATCH (m:Mount)-[:ON]->(b)
RETURN b.path AS partition, b.size AS size_bytes, b.fileSystem AS filesystem, b.label AS label,
  b.fileSystemUuid AS uuid, b.partitionUuid AS partuuid, b.partitionName AS partlabel,
  b.backingFile AS backing_file, collect(m.mountPoint) AS mount

// fact: mountpoints
MATCH (m:Mount)
RETURN m.mountPoint AS path, m.source AS device, m.fileSystem AS filesystem, m.options AS options

// fact: memory
MATCH (m:Machine)
RETURN m.memory AS system_total_bytes, m.swap AS swap_total_bytes

// fact: processors
MATCH (c:Cpu), (m:Machine)
RETURN sum(c.threads) AS count, count(c) AS physicalcount, collect(c.model) AS models,
  m.architecture AS isa, max(c.cores) AS cores_per_socket

// fact: dmi
MATCH (h:Hardware), (f:Firmware)
RETURN h.vendor AS manufacturer, h.product AS product_name, h.serial AS product_serial,
  h.uuid AS product_uuid, h.boardVendor AS board_manufacturer, h.boardName AS board_product,
  h.chassis AS chassis_type, f.vendor AS bios_vendor, f.version AS bios_version,
  f.date AS bios_release_date

// fact: kernel
MATCH (k:Kernel)
RETURN 'Linux' AS kernel

// fact: kernelrelease
MATCH (k:Kernel)
RETURN k.release AS kernelrelease

// fact: kernelversion
MATCH (k:Kernel)
RETURN split(k.release, '-')[0] AS kernelversion

// fact: kernelmajversion
MATCH (k:Kernel)
RETURN split(k.release, '.')[0] + '.' + split(k.release, '.')[1] AS kernelmajversion

// fact: os
MATCH (m:Machine)
OPTIONAL MATCH (s:SecurityModule {name: 'selinux'})
RETURN m.osName AS name, m.os AS id, m.osVersion AS release, m.architecture AS hardware,
  s IS NOT NULL AS selinux

// fact: ruby
// empty: this machine has no Ruby from a package
MATCH (p:Package {name: 'ruby'})
RETURN p.version AS version, p.architecture AS platform

// fact: facterversion
// not: Facter's own; `pisces version` has that of Pisces

// fact: aio_agent_version
// empty: this machine has no Puppet from a package
MATCH (p:Package {name: 'puppet-agent'})
RETURN p.version AS version

// fact: augeas
// empty: this machine has no Augeas from a package
MATCH (p:Package {name: 'libaugeas0'})
RETURN p.version AS version

// fact: swap
// empty: this machine uses no swap
MATCH (s:Swap)
RETURN s.path AS path, s.size AS size_bytes, s.kind AS type

// fact: selinux
MATCH (k:Kernel)
OPTIONAL MATCH (s:SecurityModule) WHERE s.name = 'selinux'
RETURN s IS NOT NULL AS enabled, s.mode AS current_mode, s.policyVersion AS policy_version

// fact: fips_enabled
MATCH (k:Kernel)
RETURN k.fips AS fips_enabled

// fact: filesystems
MATCH (k:Kernel)
UNWIND k.fileSystems AS filesystem
RETURN filesystem

// fact: system_uptime
MATCH (m:Machine)
RETURN (timestamp() - m.bootTime) / 1000 AS seconds

// fact: virtual
MATCH (h:Hardware)
RETURN coalesce(h.hypervisor, h.product) AS virtual

// fact: is_virtual
MATCH (c:Cpu)
RETURN 'hypervisor' IN c.flags AS is_virtual

// fact: hypervisors
// empty: a machine of its own runs under none
MATCH (c:Cpu), (h:Hardware)
WHERE 'hypervisor' IN c.flags
RETURN h.hypervisor AS hypervisor, h.vendor AS vendor, h.product AS product, h.version AS version

// fact: xen
// empty: only machines under Xen have one
MATCH (h:Hardware)
WHERE h.hypervisor = 'xen'
RETURN h.hypervisor AS xen

// fact: cloud
MATCH (h:Hardware)
RETURN h.vendor AS provider, h.product AS product, h.chassisAssetTag AS asset_tag
