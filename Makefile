# Every command of the project. `make run` and `make test` install what is missing themselves.
SHELL := /bin/bash
# Release builds inline calls across rooms, which makes apply a third faster, and keep each function in a section of
# its own, so that the linker drops and folds: a quarter less of the program is in memory (Docs/benchmarks.md).
SWIFT_FLAGS ?= $(shell cat Scripts/lib/release-flags)
# Two runtimes of containers: crun takes no hybrid control groups, runc does.
PACKAGES := librocksdb-dev libyaml-dev libsnappy-dev liblz4-dev libzstd-dev libbz2-dev \
	zlib1g-dev crun runc e2fsprogs iproute2 jq curl procps util-linux
# What Swift's toolchain itself needs of Debian, beside curl.
SWIFT_PACKAGES := g++ libncurses-dev libsqlite3-dev libxml2-dev tzdata
TEST_PACKAGES := chromium python3-venv qemu-system-common nftables fdisk dbus systemd \
	bind9-dnsutils haproxy redis-server xfsprogs xxd erofs-utils dosfstools mtools gdisk \
	cryptsetup-bin cpio binutils systemd-boot-efi etcd-server etcd-client openssl \
	qemu-system-x86 ovmf kmod openssh-client openssh-server iptables pciutils
BENCH_PACKAGES := etcd-server etcd-client golang-go golang-etcd-server-dev redis-server \
	redis-tools wrk python3-venv facter ohai haproxy dnsperf

.PHONY: run test build hello fleet static image bench fuzz nightly format docs setup setup-test setup-bench clean

run: build hello
	@Scripts/run

build: setup
	swift build -c release --product pisces $(SWIFT_FLAGS)

hello:
	@$(MAKE) -s -C Apps/hello
	@$(MAKE) -s -C Apps/guestbook

test: setup setup-test hello
	@Scripts/test

# Three machines in network namespaces: a fleet grows 1 -> 3 -> 1 under a running app.
fleet: setup setup-test build
	@SHOW=1 PISCES=.build/release/pisces Tests/Rigs/fleet.sh

static: setup
	@SWIFT_FLAGS="$(SWIFT_FLAGS)" Scripts/static

# What boots: kernel, initramfs and root in dist/image, from Debian's packages and our programs.
image: setup setup-test static
	@Scripts/image

bench: setup setup-bench build
	@Scripts/bench

# libFuzzer under every reader of bytes from outside; FUZZ_SECONDS for each (60).
fuzz: setup
	@Scripts/fuzz

nightly: setup setup-test hello build
	@Scripts/nightly

format:
	swift format -i -r Sources Tests Benchmarks/Sources Fuzz/Sources Package.swift Fuzz/Package.swift

docs: setup
	@Scripts/docs

setup:
	@Scripts/install $(SWIFT_PACKAGES) $(PACKAGES)

setup-test:
	@Scripts/install $(TEST_PACKAGES)

setup-bench:
	@Scripts/install $(BENCH_PACKAGES)

clean:
	rm -rf .build .build-static .build-fuzz .build-nightly dist
