/*
 * Every vector of tests/vectors: `vectors FOLDER LIST`. The list is made of the manifest by the test
 * runner, a vector a line; files are in FOLDER:
 *
 *   valid LEVEL INPUT FRAME    stands alone
 *   stream LEVEL               begins a stream, of the lines that follow
 *   step INPUT FRAME
 *   damaged CODE FRAME
 */
#include "check.h"

typedef struct {
  uint8_t *bytes;
  size_t len;
} file;

static file load(const char *folder, const char *name) {
  enum { MOST = 1 << 20 };
  char path[4096];
  file f;
  FILE *stream;
  CHECK((size_t)snprintf(path, sizeof path, "%s/%s", folder, name) < sizeof path);
  stream = fopen(path, "rb");
  if (stream == NULL) perror(path);
  CHECK(stream != NULL);
  f.bytes = (uint8_t *)malloc(MOST);
  CHECK(f.bytes != NULL);
  f.len = fread(f.bytes, 1, MOST, stream);
  CHECK(f.len < MOST && fclose(stream) == 0);
  return f;
}

static int same(const uint8_t *bytes, size_t len, file f) {
  return len == f.len && (len == 0 || memcmp(bytes, f.bytes, len) == 0);
}

static tracezip_config *settings(int level) {
  tracezip_config *config = NULL;
  OK(tracezip_config_new(&config));
  OK(tracezip_config_set_level(config, level));
  OK(tracezip_config_set_min_batch_size(config, 0));
  return config;
}

static void valid(int level, file input, file frame) {
  size_t cap = tracezip_compress_bound(input.len), len = 0;
  uint8_t *made = (uint8_t *)malloc(cap), *back = (uint8_t *)malloc(input.len + 1);
  tracezip_config *config = settings(level);
  uint64_t declared = 0;
  CHECK(made != NULL && back != NULL);
  OK(tracezip_compress(input.bytes, input.len, level, made, cap, &len));
  CHECK(same(made, len, frame));
  OK(tracezip_compress_with(config, input.bytes, input.len, made, cap, &len));
  CHECK(same(made, len, frame));
  OK(tracezip_decompressed_len(frame.bytes, frame.len, &declared));
  CHECK(declared == input.len);
  OK(tracezip_decompress(frame.bytes, frame.len, back, input.len, &len));
  CHECK(same(back, len, input));
  OK(tracezip_decompress_with(NULL, frame.bytes, frame.len, back, input.len, &len));
  CHECK(same(back, len, input));
  if (input.len > 0) {
    OK(tracezip_config_set_max_decoded_bytes(config, input.len - 1));
    GIVES(TRACEZIP_LIMIT_EXCEEDED,
          tracezip_decompress_with(config, frame.bytes, frame.len, back, input.len, &len));
  }
  tracezip_config_free(config);
  free(made);
  free(back);
}

static void step(tracezip_compressor *c, tracezip_decompressor *d, file input, file frame) {
  size_t cap = tracezip_compress_bound(input.len), len = 0;
  uint8_t *made = (uint8_t *)malloc(cap);
  CHECK(c != NULL && made != NULL);
  OK(tracezip_compressor_compress(c, input.bytes, input.len, made, cap, &len));
  CHECK(same(made, len, frame));
  OK(tracezip_decompressor_decompress(d, frame.bytes, frame.len, made, cap, &len));
  CHECK(same(made, len, input));
  free(made);
}

static void damaged(tracezip_result code, file frame) {
  enum { ROOM = 64 << 20 }; /* as much as a frame may decode to */
  static uint8_t dst[ROOM];
  size_t len = 4711;
  tracezip_decompressor *d = NULL;
  tracezip_error_detail detail;
  tracezip_result result;
  dst[0] = dst[ROOM - 1] = 0xEE;
  result = tracezip_decompress(frame.bytes, frame.len, dst, ROOM, &len);
  /* Here the buffer is the only limit on the length. */
  CHECK(result == code || (code == TRACEZIP_LIMIT_EXCEEDED && result == TRACEZIP_BUFFER_TOO_SMALL));
  GIVES(code, tracezip_decompress_with(NULL, frame.bytes, frame.len, dst, ROOM, &len));
  CHECK(len == 4711 && dst[0] == 0xEE && dst[ROOM - 1] == 0xEE);
  /* A decompressor takes also a trace request that was never compressed. */
  OK(tracezip_decompressor_new(NULL, &d));
  if (code == TRACEZIP_NOT_TRACEZIP) {
    result = tracezip_decompressor_decompress(d, frame.bytes, frame.len, dst, ROOM, &len);
    CHECK(result == TRACEZIP_OK ? same(dst, len, frame) : result == code);
  } else {
    GIVES(code, tracezip_decompressor_decompress(d, frame.bytes, frame.len, dst, ROOM, &len));
    CHECK(len == 4711 && dst[0] == 0xEE && dst[ROOM - 1] == 0xEE);
    detail.struct_size = sizeof detail;
    OK(tracezip_decompressor_last_error(d, &detail));
    CHECK(detail.result == code && detail.stage != TRACEZIP_STAGE_NONE && detail.offset <= ROOM);
    CHECK(strncmp(detail.message, tracezip_result_str(code), strlen(tracezip_result_str(code))) == 0);
  }
  tracezip_decompressor_free(d);
}

int main(int argc, char **argv) {
  char kind[16], input_name[256], frame_name[256];
  tracezip_compressor *c = NULL;
  tracezip_decompressor *d = NULL;
  FILE *list;
  int number, vectors = 0;
  CHECK(argc == 3);
  list = fopen(argv[2], "r");
  CHECK(list != NULL);
  while (fscanf(list, "%15s", kind) == 1) {
    file input = {NULL, 0}, frame = {NULL, 0};
    if (strcmp(kind, "stream") == 0) {
      tracezip_config *config;
      CHECK(fscanf(list, "%d", &number) == 1);
      config = settings(number);
      tracezip_compressor_free(c);
      tracezip_decompressor_free(d);
      OK(tracezip_compressor_new(config, &c));
      OK(tracezip_decompressor_new(config, &d));
      tracezip_config_free(config);
      continue;
    }
    if (strcmp(kind, "step") != 0) CHECK(fscanf(list, "%d", &number) == 1);
    if (strcmp(kind, "damaged") != 0) {
      CHECK(fscanf(list, "%255s", input_name) == 1);
      input = load(argv[1], input_name);
    }
    CHECK(fscanf(list, "%255s", frame_name) == 1);
    frame = load(argv[1], frame_name);
    puts(frame_name); /* the last one printed is the one that fails */
    if (strcmp(kind, "valid") == 0) valid(number, input, frame);
    else if (strcmp(kind, "step") == 0) step(c, d, input, frame);
    else damaged(number, frame);
    free(input.bytes);
    free(frame.bytes);
    vectors++;
  }
  CHECK(fclose(list) == 0);
  tracezip_compressor_free(c);
  tracezip_decompressor_free(d);
  printf("%d vectors\n", vectors);
  return 0;
}
