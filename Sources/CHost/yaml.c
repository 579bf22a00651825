// libyaml's events as a flat struct: its unions do not import well.
#include "yaml_shim.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

struct chost_yaml {
    yaml_parser_t parser;
    yaml_event_t event;
    int has_event;
    const unsigned char *bytes;
    size_t length;
};

struct chost_yaml *chost_yaml_open(const unsigned char *bytes, size_t length) {
    struct chost_yaml *reader = calloc(1, sizeof *reader);
    if (!reader) return NULL;
    if (!yaml_parser_initialize(&reader->parser)) {
        free(reader);
        return NULL;
    }
    reader->bytes = bytes;
    reader->length = length;
    yaml_parser_set_encoding(&reader->parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&reader->parser, bytes, length);
    return reader;
}

void chost_yaml_close(struct chost_yaml *reader) {
    if (reader->has_event) yaml_event_delete(&reader->event);
    yaml_parser_delete(&reader->parser);
    free(reader);
}

static void fill(struct chost_yaml_event *out, const yaml_event_t *event) {
    out->line = event->start_mark.line;
    out->column = event->start_mark.column;
    switch (event->type) {
    case YAML_STREAM_END_EVENT: out->kind = CHOST_YAML_STREAM_END; break;
    case YAML_DOCUMENT_START_EVENT: out->kind = CHOST_YAML_DOCUMENT_START; break;
    case YAML_DOCUMENT_END_EVENT: out->kind = CHOST_YAML_DOCUMENT_END; break;
    case YAML_ALIAS_EVENT: out->kind = CHOST_YAML_ALIAS; break;
    case YAML_SCALAR_EVENT:
        out->kind = CHOST_YAML_SCALAR;
        out->text = event->data.scalar.value;
        out->length = event->data.scalar.length;
        out->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
        out->has_anchor = event->data.scalar.anchor != NULL;
        out->has_tag = event->data.scalar.tag != NULL;
        break;
    case YAML_SEQUENCE_START_EVENT:
        out->kind = CHOST_YAML_SEQUENCE_START;
        out->has_anchor = event->data.sequence_start.anchor != NULL;
        out->has_tag = event->data.sequence_start.tag != NULL;
        break;
    case YAML_SEQUENCE_END_EVENT: out->kind = CHOST_YAML_SEQUENCE_END; break;
    case YAML_MAPPING_START_EVENT:
        out->kind = CHOST_YAML_MAPPING_START;
        out->has_anchor = event->data.mapping_start.anchor != NULL;
        out->has_tag = event->data.mapping_start.tag != NULL;
        break;
    case YAML_MAPPING_END_EVENT: out->kind = CHOST_YAML_MAPPING_END; break;
    default: out->kind = CHOST_YAML_OTHER; break;
    }
}

int chost_yaml_next(
    struct chost_yaml *reader, struct chost_yaml_event *event, const char **problem) {
    memset(event, 0, sizeof *event);
    if (reader->has_event) yaml_event_delete(&reader->event);
    reader->has_event = 0;
    if (yaml_parser_parse(&reader->parser, &reader->event)) {
        reader->has_event = 1;
        fill(event, &reader->event);
        return 0;
    }
    const yaml_parser_t *parser = &reader->parser;
    *problem = parser->problem ? parser->problem : "cannot be read";
    event->line = parser->problem_mark.line;
    event->column = parser->problem_mark.column;
    if (parser->error != YAML_READER_ERROR) return -1;
    // Characters that YAML forbids have an offset instead of a mark.
    event->line = event->column = 0;
    for (size_t at = 0; at < reader->length && at < parser->problem_offset; at++) {
        if (reader->bytes[at] == '\n') {
            event->line++;
            event->column = 0;
        } else if ((reader->bytes[at] & 0xC0) != 0x80) {
            event->column++;
        }
    }
    return -1;
}
