# Makes the disk of a whole Debian, with the packages of this machine's own sources. Used behind rig.bash. $DEBIAN is the
# folder that keeps the packages and the finished disk, so that the next run has them.
FIRMWARE=${FIRMWARE:-/usr/share/OVMF}
SUITE=bookworm
PACKAGES=(
    systemd systemd-sysv systemd-container udev dbus libpam-systemd openssh-server linux-image-amd64 initramfs-tools
    mdadm lvm2 cryptsetup-bin dmsetup docker.io containerd runc podman lxc lxd uidmap squashfs-tools apparmor auditd
    mokutil python3-minimal busybox-static iproute2 iptables kmod procps e2fsprogs
)

# needs_debian: skips where the guest cannot be made or run.
needs_debian() {
    local tool
    for tool in qemu-system-x86_64 debootstrap apt-get dpkg-deb mke2fs mformat mcopy mmd unshare ssh ssh-keygen strip curl jq; do
        command -v "$tool" >/dev/null || skip "$tool is not installed"
    done
    [ "$(id -u)" = 0 ] || skip "only root makes the root of another machine"
    [ -e "$FIRMWARE/OVMF_CODE_4M.secboot.fd" ] && [ -e "$FIRMWARE/OVMF_VARS_4M.ms.fd" ] ||
        skip "no firmware with secure boot: ovmf is not installed"
    [ -n "$(sources)" ] || skip "apt here has no sources of Debian $SUITE"
    mkdir -p "$DEBIAN" || skip "$DEBIAN cannot be made"
    [ -e "$DEBIAN/made" ] || [ "$(df --output=avail -B1M "$DEBIAN" | tail -1)" -gt 8192 ] ||
        skip "less than 8 GiB are free for $DEBIAN"
}
# The sources of that Debian, as apt of this machine has them.
sources() {
    apt-get indextargets --format '$(SITE) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' 2>/dev/null |
        grep -E " $SUITE(-updates|-security)? main$" | sort -u | sed 's/^/deb /'
}
recipe() { sha256sum <"$ROOT/Tests/Rigs/lib/debianroot.bash"; }

# make_debian: the disk and the volume of the loader, unless they are there.
make_debian() {
    [ "$(cat "$DEBIAN/made" 2>/dev/null)" = "$(recipe)" ] && return
    rm -rf "$DEBIAN/made" "$DEBIAN/root"
    mkdir -p "$DEBIAN/debs"
    echo "making a Debian in $DEBIAN, which takes minutes"
    export LC_ALL=C DEBIAN_FRONTEND=noninteractive
    # What it mounts is seen by nobody else and ends with it.
    export -f sources bootstrap install arrange lay_out
    export DEBIAN SUITE PACKAGES_WANTED="${PACKAGES[*]}"
    timeout -k 10 2400 env -u TMPDIR unshare -m --propagation private bash -euo pipefail -c '
        bootstrap; install; arrange; lay_out' >"$DEBIAN/making" 2>&1 || {
        tail -20 "$DEBIAN/making"
        return 1
    }
    rm -rf "$DEBIAN/root"
    recipe >"$DEBIAN/made"
}
bootstrap() {
    local mirror
    mirror=$(sources | awk -v suite="$SUITE" '$3 == suite { print $2; exit }')
    debootstrap --variant=minbase --cache-dir="$DEBIAN/debs" "$SUITE" "$DEBIAN/root" "$mirror"
}
install() {
    local root=$DEBIAN/root
    sources >"$root/etc/apt/sources.list"
    cp /etc/resolv.conf "$root/etc/"
    printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
    chmod +x "$root/usr/sbin/policy-rc.d"
    # A small first root: it only has to find this disk.
    mkdir -p "$root/etc/initramfs-tools/conf.d"
    echo MODULES=list >"$root/etc/initramfs-tools/conf.d/rig"
    printf '%s\n' virtio_pci virtio_blk ext4 >"$root/etc/initramfs-tools/modules"
    mount --bind "$DEBIAN/debs" "$root/var/cache/apt/archives"
    mount -t proc proc "$root/proc"
    mount -t sysfs sysfs "$root/sys"
    mount -t devpts devpts "$root/dev/pts"
    chroot "$root" apt-get -q update
    # shellcheck disable=SC2086
    chroot "$root" apt-get -q -y --no-install-recommends -o APT::Keep-Downloaded-Packages=true install $PACKAGES_WANTED
    chroot "$root" apt-get -q -y -o APT::Keep-Downloaded-Packages=true --download-only --no-install-recommends \
        install shim-signed grub-efi-amd64-signed
    umount "$root/var/cache/apt/archives" "$root/dev/pts" "$root/sys" "$root/proc"
}
# What a machine has besides its packages: a name, a wire, keys, and nothing that runs by itself and is not asked for.
arrange() {
    local root=$DEBIAN/root unit
    rm -rf "$root/usr/sbin/policy-rc.d" "$root/var/lib/apt/lists" "$root/usr/share/doc" "$root/usr/share/locale"
    echo guest >"$root/etc/hostname"
    printf '127.0.0.1 localhost\n127.0.1.1 guest\n' >"$root/etc/hosts"
    echo '/dev/disk/by-label/debian / ext4 defaults 0 0' >"$root/etc/fstab"
    printf '[Match]\nName=en*\n[Network]\nAddress=10.0.2.15/24\nLinkLocalAddressing=no\nIPv6AcceptRA=no\n' \
        >"$root/etc/systemd/network/10-rig.network"
    chroot "$root" systemctl enable systemd-networkd
    for unit in docker.service containerd.service podman.service podman.socket podman-auto-update.timer \
        podman-restart.service podman-auto-update.service lxc.service lxc-net.service lxd-agent.service \
        apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer e2scrub_reap.service fstrim.timer dpkg-db-backup.timer \
        systemd-timesyncd.service systemd-networkd-wait-online.service mdcheck_start.timer mdcheck_continue.timer \
        mdmonitor-oneshot.timer; do
        chroot "$root" systemctl disable "$unit" || true
    done
    chroot "$root" systemctl mask systemd-networkd-wait-online.service mdmonitor.service
    # No bridge, and so no packets to rule, where a container of LXC has no network.
    echo 'lxc.net.0.type = empty' >"$root/etc/lxc/default.conf"
    echo 'lxc.apparmor.profile = generated' >>"$root/etc/lxc/default.conf"
    chroot "$root" useradd -m -s /bin/bash visitor
    rm -f "$DEBIAN"/key*
    ssh-keygen -q -t ed25519 -N '' -C '' -f "$DEBIAN/key"
    for home in root home/visitor; do
        mkdir -p "$root/$home/.ssh"
        cp "$DEBIAN/key.pub" "$root/$home/.ssh/authorized_keys"
    done
    chroot "$root" chown -R visitor: /home/visitor
    echo 'UseDNS no' >"$root/etc/ssh/sshd_config.d/rig.conf"
}
# The disk, and the volume that the firmware starts from: shim, then grub, then the kernel, each signed.
lay_out() {
    local root=$DEBIAN/root esp=$DEBIAN/esp.img signed=$DEBIAN/signed package
    rm -rf "$signed"
    for package in shim-signed_ grub-efi-amd64-signed_; do
        dpkg-deb -x "$(ls -t "$DEBIAN/debs/$package"*.deb | head -1)" "$signed"
    done
    cat >"$DEBIAN/grub.cfg" <<'GRUB'
serial --unit=0 --speed=115200
terminal_output serial
linux /vmlinuz root=LABEL=debian rw console=ttyS0 audit=1
initrd /initrd
boot
GRUB
    rm -f "$esp"
    truncate -s 128M "$esp"
    mformat -F -i "$esp" ::
    mmd -i "$esp" ::/EFI ::/EFI/BOOT ::/EFI/debian
    mcopy -i "$esp" "$signed/usr/lib/shim/shimx64.efi.signed" ::/EFI/BOOT/BOOTX64.EFI
    mcopy -i "$esp" "$signed/usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed" ::/EFI/BOOT/grubx64.efi
    mcopy -i "$esp" "$DEBIAN/grub.cfg" ::/EFI/debian/grub.cfg
    mcopy -i "$esp" "$(ls "$root"/boot/vmlinuz-*)" ::/vmlinuz
    mcopy -i "$esp" "$(ls "$root"/boot/initrd.img-*)" ::/initrd
    rm -rf "$signed" "$DEBIAN/root.img"
    mke2fs -q -t ext4 -L debian -d "$root" "$DEBIAN/root.img" 6G
}
