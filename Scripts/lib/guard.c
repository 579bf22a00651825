// The first program that firmware starts (EFI/BOOT/BOOTX64.EFI, BOOTAA64.EFI): it starts systemd-boot
// from the same partition and resets the machine when that comes back.
//
// systemd-boot 252 counts a try, then returns to the firmware when the entry cannot be loaded or
// started (a file cut short, a flipped bit). Most firmware then shows a menu and waits for ever. A
// reset instead makes the next try, and after the last one the older entry.
//
// Types and tables: UEFI Specification 2.10, chapters 4, 7, 8, 9.2 and 10.3. Built by Scripts/guard.
#include <stdint.h>

typedef uint64_t Status;
typedef void *Handle;

typedef struct {
    uint32_t first;
    uint16_t second, third;
    uint8_t rest[8];
} Identifier;

/// A node of a device path. Its length, two bytes in little-endian order, need not be aligned.
typedef struct {
    uint8_t type, subtype, length[2];
} PathNode;

typedef struct {
    uint64_t signature;
    uint32_t revision, size, checksum, reserved;
} TableHeader;

typedef struct Console {
    void *reset;
    Status (*print)(struct Console *, const uint16_t *);
} Console;

typedef struct {
    TableHeader header;
    void *before_handle_protocol[16];
    Status (*handle_protocol)(Handle, const Identifier *, void **);
    void *before_load_image[5];
    Status (*load_image)(uint8_t, Handle, PathNode *, void *, uint64_t, Handle *);
    Status (*start_image)(Handle, uint64_t *, uint16_t **);
    void *before_stall[4];
    Status (*stall)(uint64_t microseconds);
} BootServices;

typedef struct {
    TableHeader header;
    void *before_reset[10];
    void (*reset)(int32_t type, Status, uint64_t, void *);
} RuntimeServices;

typedef struct {
    TableHeader header;
    uint16_t *vendor;
    uint32_t revision;
    Handle input_handle;
    void *input;
    Handle output_handle;
    Console *output;
    Handle error_handle;
    Console *error;
    RuntimeServices *runtime;
    BootServices *boot;
} SystemTable;

typedef struct {
    uint32_t revision;
    Handle parent;
    SystemTable *system;
    Handle device;
} LoadedImage;

static const Identifier loaded_image = {
    0x5B1B31A1, 0x9562, 0x11D2, {0x8E, 0x3F, 0x00, 0xA0, 0xC9, 0x69, 0x72, 0x3B}};
static const Identifier device_path = {
    0x09576E91, 0x6D3F, 0x11D2, {0x8E, 0x39, 0x00, 0xA0, 0xC9, 0x69, 0x72, 0x3B}};

#if defined(__x86_64__)
static const uint16_t loader[] = u"\\EFI\\systemd\\systemd-bootx64.efi";
#elif defined(__aarch64__)
static const uint16_t loader[] = u"\\EFI\\systemd\\systemd-bootaa64.efi";
#endif

enum {
    media_path = 4,
    file_path = 4,
    end_path = 0x7F,
    end_whole_path = 0xFF,
    cold_reset = 0,
    // Long enough to read, short enough for a machine that nobody watches.
    pause_microseconds = 3000000,
};

static uint8_t path[2048];

static uint32_t length_of(const PathNode *node) {
    return node->length[0] | (uint32_t)node->length[1] << 8;
}

static void put_node(uint32_t at, uint8_t type, uint8_t subtype, uint32_t length) {
    path[at] = type;
    path[at + 1] = subtype;
    path[at + 2] = (uint8_t)length;
    path[at + 3] = (uint8_t)(length >> 8);
}

/// The path of the partition, then that of the loader's file; 0 when it has no room.
static int make_path(const PathNode *partition) {
    uint32_t end = 0, length = 4 + sizeof loader;
    const uint8_t *name = (const uint8_t *)loader;
    for (; partition->type != end_path; partition = (const void *)((const uint8_t *)partition + length_of(partition))) {
        uint32_t size = length_of(partition);
        if (size < 4 || end + size + length + 4 > sizeof path) return 0;
        for (uint32_t i = 0; i < size; i++) path[end + i] = ((const uint8_t *)partition)[i];
        end += size;
    }
    if (end + length + 4 > sizeof path) return 0;
    put_node(end, media_path, file_path, length);
    for (uint32_t i = 0; i < sizeof loader; i++) path[end + 4 + i] = name[i];
    put_node(end + length, end_path, end_whole_path, 4);
    return 1;
}

/// Starts the loader; comes back when that could not be done, or when it gave up.
static void start(Handle own, SystemTable *system) {
    BootServices *boot = system->boot;
    LoadedImage *image;
    PathNode *partition;
    Handle loaded = 0;
    if (boot->handle_protocol(own, &loaded_image, (void **)&image) != 0) return;
    if (boot->handle_protocol(image->device, &device_path, (void **)&partition) != 0) return;
    if (!make_path(partition)) return;
    if (boot->load_image(0, own, (PathNode *)path, 0, 0, &loaded) != 0) return;
    boot->start_image(loaded, 0, 0);
}

Status efi_main(Handle own, SystemTable *system) {
    start(own, system);
    if (system->output) {
        system->output->print(system->output, u"\r\nPisces: the boot loader gave up. Restarting.\r\n");
    }
    system->boot->stall(pause_microseconds);
    system->runtime->reset(cold_reset, 0, 0, 0);
    return 0;
}
