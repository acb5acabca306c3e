/*
 * Compresses a file into one frame, or gives it back:
 *
 *   compress_file INPUT OUTPUT
 *   compress_file -d INPUT OUTPUT
 *
 * Best is a serialized ExportTraceServiceRequest; any file comes back byte for byte.
 *
 *   cc compress_file.c $(pkg-config --cflags --libs tracezip) -o compress_file
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tracezip.h>

/* The library's default for one frame; a longer length in a header is refused before memory is. */
#define MAX_DECODED ((uint64_t)64 << 20)

typedef struct {
  uint8_t *bytes;
  size_t len;
} buffer;

static void fail(const char *what, const char *why) {
  fprintf(stderr, "compress_file: %s: %s\n", what, why);
  exit(1);
}

static buffer with_room(size_t cap) {
  buffer b = {(uint8_t *)malloc(cap > 0 ? cap : 1), 0};
  if (b.bytes == NULL) fail("malloc", "no memory left");
  return b;
}

static buffer read_file(const char *path) {
  buffer b;
  long len;
  FILE *file = fopen(path, "rb");
  if (file == NULL || fseek(file, 0, SEEK_END) != 0 || (len = ftell(file)) < 0 || fseek(file, 0, SEEK_SET) != 0) {
    perror(path);
    exit(1);
  }
  b = with_room((size_t)len);
  b.len = fread(b.bytes, 1, (size_t)len, file);
  fclose(file);
  if (b.len != (size_t)len) fail(path, "cannot read all of it");
  return b;
}

static void write_file(const char *path, buffer b) {
  FILE *file = fopen(path, "wb");
  if (file == NULL || fwrite(b.bytes, 1, b.len, file) != b.len || fclose(file) != 0) {
    perror(path);
    exit(1);
  }
}

static buffer compress(const char *path, buffer in) {
  size_t cap = tracezip_compress_bound(in.len);
  buffer out = with_room(cap);
  tracezip_result result = tracezip_compress(in.bytes, in.len, 3, out.bytes, cap, &out.len);
  if (result != TRACEZIP_OK) fail(path, tracezip_result_str(result));
  return out;
}

static buffer decompress(const char *path, buffer in) {
  buffer out;
  uint64_t len = 0;
  tracezip_result result = tracezip_decompressed_len(in.bytes, in.len, &len);
  if (result != TRACEZIP_OK) fail(path, tracezip_result_str(result));
  if (len > MAX_DECODED) fail(path, tracezip_result_str(TRACEZIP_LIMIT_EXCEEDED));
  out = with_room((size_t)len);
  result = tracezip_decompress(in.bytes, in.len, out.bytes, (size_t)len, &out.len);
  if (result != TRACEZIP_OK) fail(path, tracezip_result_str(result));
  return out;
}

int main(int argc, char **argv) {
  int back = argc == 4 && strcmp(argv[1], "-d") == 0;
  buffer in, out;
  if (argc != 3 && !back) {
    fprintf(stderr, "usage: compress_file [-d] INPUT OUTPUT\n");
    return 2;
  }
  in = read_file(argv[1 + back]);
  out = back ? decompress(argv[2], in) : compress(argv[1], in);
  write_file(argv[2 + back], out);
  printf("%s: %zu bytes to %zu\n", argv[1 + back], in.len, out.len);
  free(in.bytes);
  free(out.bytes);
  return 0;
}
