/* CHECK for tests: says where, and ends the program. */
#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tracezip.h"

#define CHECK(condition)                                                          \
  do {                                                                            \
    if (!(condition)) {                                                           \
      fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);             \
      exit(1);                                                                    \
    }                                                                             \
  } while (0)

/* The call gives this result. */
#define GIVES(expected, call)                                                     \
  do {                                                                            \
    tracezip_result result_ = (call);                                             \
    if (result_ != (expected)) {                                                  \
      fprintf(stderr, "%s:%d: %s: %s, not %s\n", __FILE__, __LINE__, #call,       \
              tracezip_result_str(result_), #expected);                           \
      exit(1);                                                                    \
    }                                                                             \
  } while (0)

#define OK(call) GIVES(TRACEZIP_OK, call)

#endif
