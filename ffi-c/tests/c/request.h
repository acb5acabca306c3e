#ifndef REQUEST_H
#define REQUEST_H

#include <stdint.h>
#include <string.h>

enum { REQUEST_LEN = 39, SPANS = 20 };

/* A request of one span named by `name`, one digit: resource spans > scope spans > span. */
static size_t request(uint8_t name, uint8_t *out) {
  static const uint8_t span[] = {
      0x0a, 37, 0x12, 35, 0x12, 33,                                        /* the three messages */
      0x0a, 16, 1,  2,  3,  4,  5,  6,  7, 8, 9, 10, 11, 12, 13, 14, 15, 16, /* trace_id */
      0x12, 8,  1,  2,  3,  4,  5,  6,  7, 8,                              /* span_id */
      0x2a, 1,  '0',                                                       /* name */
      0x30, 1};                                                            /* kind */
  memcpy(out, span, sizeof span);
  out[sizeof span - 3] = (uint8_t)('0' + name % 10);
  return sizeof span;
}

/* A request of SPANS spans; `out` has room for SPANS * REQUEST_LEN bytes. */
static size_t requests(uint8_t name, uint8_t *out) {
  size_t len = 0, i;
  for (i = 0; i < SPANS; i++) {
    len += request((uint8_t)(name + i), out + len);
    out[len - 6 - i % 8] ^= (uint8_t)(name * 37 + i); /* another span_id */
  }
  return len;
}

#endif
