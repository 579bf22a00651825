// A guestbook: an HTTP/1.1 server that keeps a line for each visitor. An entry is answered once it is on the disk.
//
//   GET /         the title and all entries
//   POST /        adds the body, one line, as an entry
//   GET /healthz  ok
//   --count DIR   prints how many entries there are, and ends
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

enum { REQUEST_BYTES = 8192, ENTRY_BYTES = 1024, DEADLINE_SECONDS = 5, BACKLOG = 128 };

static volatile sig_atomic_t stopping;
static int listener = -1;
static int book = -1;

static void stop(int signal) {
    (void)signal;
    stopping = 1;
    shutdown(listener, SHUT_RDWR);
}

static int listen_on(int port) {
    int one = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    // Where a fleet balances over machines, others must reach it.
    const char *host = getenv("HOST");
    if (!host || inet_pton(AF_INET, host, &address.sin_addr) != 1)
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int file = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (file < 0) return -1;
    setsockopt(file, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(file, (struct sockaddr *)&address, sizeof address) || listen(file, BACKLOG)) return -1;
    return file;
}

static int open_book(const char *folder) {
    char path[4096];
    snprintf(path, sizeof path, "%s/entries", folder);
    return open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static void send_all(int file, const char *text, size_t length) {
    while (length > 0) {
        ssize_t sent = send(file, text, length, MSG_NOSIGNAL);
        if (sent <= 0) return;
        text += sent;
        length -= (size_t)sent;
    }
}

static void head(int file, const char *status, size_t length) {
    char text[256];
    int count = snprintf(
        text, sizeof text,
        "HTTP/1.1 %s\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n",
        status, length);
    send_all(file, text, (size_t)count);
}

static void reply(int file, const char *status, const char *body) {
    head(file, status, strlen(body));
    send_all(file, body, strlen(body));
}

static void show(int file) {
    const char *title = getenv("TITLE");
    char line[512], part[4096];
    struct stat status;
    int length = snprintf(line, sizeof line, "%.400s\n", title ? title : "Guestbook");
    if (fstat(book, &status) != 0) return reply(file, "500 Internal Server Error", "no book\n");
    head(file, "200 OK", (size_t)length + (size_t)status.st_size);
    send_all(file, line, (size_t)length);
    for (off_t at = 0; at < status.st_size;) {
        ssize_t count = pread(book, part, sizeof part, at);
        if (count <= 0) return;
        send_all(file, part, (size_t)count);
        at += count;
    }
}

/// Adds one line; what could not be made durable is no entry.
static void add(int file, const char *body, size_t length) {
    char entry[ENTRY_BYTES + 1];
    while (length > 0 && (body[length - 1] == '\n' || body[length - 1] == '\r')) length--;
    if (length == 0 || length > ENTRY_BYTES || memchr(body, '\n', length))
        return reply(file, "400 Bad Request", "write one line of at most 1024 bytes\n");
    memcpy(entry, body, length);
    entry[length++] = '\n';
    off_t before = lseek(book, 0, SEEK_END);
    if (write(book, entry, length) == (ssize_t)length && fdatasync(book) == 0)
        return reply(file, "201 Created", "written\n");
    const char *why = strerror(errno);
    if (ftruncate(book, before) != 0) why = "the book is damaged";
    char text[256];
    snprintf(text, sizeof text, "not written: %s\n", why);
    reply(file, "507 Insufficient Storage", text);
}

static void answer(int file) {
    char text[REQUEST_BYTES];
    size_t length = 0, wanted = 0;
    char *end = NULL;
    struct timeval deadline = {.tv_sec = DEADLINE_SECONDS};
    setsockopt(file, SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof deadline);
    setsockopt(file, SOL_SOCKET, SO_SNDTIMEO, &deadline, sizeof deadline);
    while (!end || length < wanted) {
        if (length == REQUEST_BYTES - 1) return reply(file, "413 Content Too Large", "too large\n");
        ssize_t count = recv(file, text + length, REQUEST_BYTES - 1 - length, 0);
        if (count <= 0) return;
        length += (size_t)count;
        text[length] = 0;
        if (end || !(end = strstr(text, "\r\n\r\n"))) continue;
        char *field = strcasestr(text, "\r\ncontent-length:");
        unsigned long body = field && field < end ? strtoul(field + 17, NULL, 10) : 0;
        if (body > ENTRY_BYTES + 2) return reply(file, "413 Content Too Large", "too large\n");
        wanted = (size_t)(end + 4 - text) + body;
    }
    char *body = end + 4;
    if (strncmp(text, "GET /healthz ", 13) == 0) reply(file, "200 OK", "ok\n");
    else if (strncmp(text, "GET / ", 6) == 0) show(file);
    else if (strncmp(text, "POST / ", 7) == 0) add(file, body, length - (size_t)(body - text));
    else reply(file, "404 Not Found", "there is /, to read and to write, and /healthz\n");
}

static int count_entries(const char *folder) {
    char part[4096];
    long entries = 0;
    ssize_t count;
    book = open_book(folder);
    if (book < 0) return 1;
    while ((count = read(book, part, sizeof part)) > 0)
        for (ssize_t index = 0; index < count; index++) entries += part[index] == '\n';
    printf("%ld\n", entries);
    return count < 0;
}

int main(int count, char **arguments) {
    if (count == 3 && strcmp(arguments[1], "--count") == 0) return count_entries(arguments[2]);
    char *end = NULL;
    long port = count == 5 && strcmp(arguments[1], "--port") == 0
        ? strtol(arguments[2], &end, 10) : 0;
    if (!end || *end || port < 1 || port > 65535 || strcmp(arguments[3], "--data") != 0) {
        fprintf(stderr, "usage: guestbook --port <1 to 65535> --data <folder>\n");
        return 2;
    }
    book = open_book(arguments[4]);
    listener = listen_on((int)port);
    if (book < 0 || listener < 0) {
        fprintf(stderr, "guestbook: cannot open the book or the port: %s\n", strerror(errno));
        return 1;
    }
    struct sigaction action = {.sa_handler = stop};
    sigaction(SIGTERM, &action, NULL);
    printf("the book is open on port %ld\n", port);
    fflush(stdout);
    while (!stopping) {
        int file = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (file < 0) continue;
        answer(file);
        close(file);
    }
    printf("the book is closed\n");
    return 0;
}
