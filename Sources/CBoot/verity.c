#define _GNU_SOURCE
#include "cboot.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/dm-ioctl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { table_room = 2048 };

// One request to the device mapper: the header, one target, its table as text.
struct request {
    struct dm_ioctl head;
    struct dm_target_spec target;
    char table[table_room];
};

static void begin(struct request *request, const char *name) {
    memset(request, 0, sizeof *request);
    // The first interface there was; every kernel since takes it.
    request->head.version[0] = 4;
    request->head.data_size = sizeof *request;
    request->head.data_start = sizeof request->head;
    strncpy(request->head.name, name, sizeof request->head.name - 1);
}

static int call(int control, unsigned long what, struct request *request) {
    return ioctl(control, what, request) < 0 ? -errno : 0;
}

int cboot_open_verity(const char *name, const char *table, uint64_t sectors, int replace) {
    struct request request;
    if (strlen(table) >= table_room) return -E2BIG;
    int control = open("/dev/mapper/control", O_RDWR | O_CLOEXEC);
    if (control < 0) return -errno;
    int result = 0;
    if (!replace) {
        begin(&request, name);
        result = call(control, DM_DEV_CREATE, &request);
    }
    if (result == 0) {
        begin(&request, name);
        request.head.flags = DM_READONLY_FLAG;
        request.head.target_count = 1;
        request.target.length = sectors;
        request.target.next = sizeof request.target + table_room;
        strcpy(request.target.target_type, "verity");
        strcpy(request.table, table);
        result = call(control, DM_TABLE_LOAD, &request);
    }
    if (result == 0) {
        // Without its flag, "suspend" puts the loaded table in force.
        begin(&request, name);
        result = call(control, DM_DEV_SUSPEND, &request);
    }
    close(control);
    return result;
}
