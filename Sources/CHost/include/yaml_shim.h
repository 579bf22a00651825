#ifndef CHOST_YAML_H
#define CHOST_YAML_H

#include <stddef.h>

enum chost_yaml_kind {
    CHOST_YAML_OTHER,
    CHOST_YAML_STREAM_END,
    CHOST_YAML_DOCUMENT_START,
    CHOST_YAML_DOCUMENT_END,
    CHOST_YAML_ALIAS,
    CHOST_YAML_SCALAR,
    CHOST_YAML_SEQUENCE_START,
    CHOST_YAML_SEQUENCE_END,
    CHOST_YAML_MAPPING_START,
    CHOST_YAML_MAPPING_END,
};

/// One event of a YAML stream, flat. `text` belongs to the reader until the next event.
struct chost_yaml_event {
    int kind;
    const unsigned char *text;
    size_t length;
    /// 1 for a scalar without quotes or block style.
    int plain;
    int has_anchor;
    int has_tag;
    /// From 0.
    size_t line;
    size_t column;
};

struct chost_yaml;

/// A reader of bytes that stay in place until it is closed; NULL without memory.
struct chost_yaml *chost_yaml_open(const unsigned char *bytes, size_t length);
/// 0 with an event, or -1 with `*problem` and its place in `event`.
int chost_yaml_next(
    struct chost_yaml *reader, struct chost_yaml_event *event, const char **problem);
void chost_yaml_close(struct chost_yaml *reader);

#endif
