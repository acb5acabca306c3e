/*
 * Every vector of tests/vectors: `vectors FOLDER LIST`. The list is made of the manifest by the test
 * runner, a vector a line; files are in FOLDER:
 *
 *   valid LEVEL INPUT FRAME    stands alone
 *   stream LEVEL               begins a stream, of the lines that follow
 *   step INPUT FRAME
 *   damaged CODE FRAME
 *   sequence                   begins frames for one decompressor, which follow
 *   read INPUT FRAME
 *   refused CODE FRAME
 *   dictionary ID FRAME        is held for the frames that follow
 *   with LEVEL INPUT FRAME
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

/* A frame made with `dictionary`, which is read by those who hold it and by nobody else. */
static void with(const tracezip_dictionary *dictionary, int level, file input, file frame) {
  size_t cap = tracezip_compress_bound(input.len), len = 0;
  uint8_t *made = (uint8_t *)malloc(cap);
  tracezip_config *config = settings(level);
  tracezip_compressor *c = NULL;
  tracezip_decompressor *d = NULL;
  uint64_t id = 0;
  uint32_t id_low = 0;
  int needed = 0;
  CHECK(dictionary != NULL && made != NULL);
  OK(tracezip_config_set_dictionary(config, dictionary));
  OK(tracezip_compressor_new(config, &c));
  OK(tracezip_decompressor_new(config, &d));
  OK(tracezip_compress_with(config, input.bytes, input.len, made, cap, &len));
  CHECK(same(made, len, frame));
  OK(tracezip_compressor_compress(c, input.bytes, input.len, made, cap, &len));
  CHECK(same(made, len, frame));
  OK(tracezip_decompress_with(config, frame.bytes, frame.len, made, cap, &len));
  CHECK(same(made, len, input));
  OK(tracezip_decompressor_decompress(d, frame.bytes, frame.len, made, cap, &len));
  CHECK(same(made, len, input));
  OK(tracezip_dictionary_id(dictionary, &id));
  OK(tracezip_frame_dictionary(frame.bytes, frame.len, &needed, &id_low));
  CHECK(needed == 0 ? id_low == 0 : id_low == (uint32_t)id);
  GIVES(needed == 0 ? TRACEZIP_OK : TRACEZIP_UNKNOWN_DICTIONARY,
        tracezip_decompress(frame.bytes, frame.len, made, cap, &len));
  tracezip_config_free(config);
  tracezip_compressor_free(c);
  tracezip_decompressor_free(d);
  free(made);
}

static void load_dictionary(const char *hex, file bytes, tracezip_dictionary **dictionary) {
  char text[17];
  uint64_t id = 0;
  tracezip_dictionary_free(*dictionary);
  OK(tracezip_dictionary_load(bytes.bytes, bytes.len, dictionary));
  OK(tracezip_dictionary_id(*dictionary, &id));
  snprintf(text, sizeof text, "%016llx", (unsigned long long)id);
  CHECK(strcmp(text, hex) == 0);
}

static void read_in_order(tracezip_decompressor *d, tracezip_result code, file input, file frame) {
  enum { ROOM = 1 << 20 };
  static uint8_t dst[ROOM];
  size_t len = 0;
  GIVES(code, tracezip_decompressor_decompress(d, frame.bytes, frame.len, dst, ROOM, &len));
  CHECK(code != TRACEZIP_OK || same(dst, len, input));
}

static void begin_stream(int level, tracezip_compressor **c, tracezip_decompressor **d) {
  tracezip_config *config = settings(level);
  tracezip_compressor_free(*c);
  tracezip_decompressor_free(*d);
  OK(tracezip_compressor_new(config, c));
  OK(tracezip_decompressor_new(config, d));
  tracezip_config_free(config);
}

/* The next word of the list; names are no longer. */
static const char *word(FILE *list, char room[256]) {
  CHECK(fscanf(list, "%255s", room) == 1);
  return room;
}

static int number(FILE *list) {
  char room[256];
  return atoi(word(list, room));
}

int main(int argc, char **argv) {
  char kind[256], name[256], id[256];
  tracezip_compressor *c = NULL;
  tracezip_decompressor *d = NULL;
  tracezip_dictionary *dictionary = NULL;
  FILE *list;
  int vectors = 0;
  CHECK(argc == 3);
  list = fopen(argv[2], "r");
  CHECK(list != NULL);
#define IS(name) (strcmp(kind, name) == 0)
  while (fscanf(list, "%255s", kind) == 1) {
    file input = {NULL, 0}, frame = {NULL, 0};
    int of = 0; /* a level or a code */
    if (IS("stream") || IS("sequence")) {
      begin_stream(IS("stream") ? number(list) : 3, &c, &d);
      continue;
    }
    if (IS("dictionary")) word(list, id);
    if (IS("valid") || IS("damaged") || IS("refused") || IS("with")) of = number(list);
    if (IS("valid") || IS("step") || IS("read") || IS("with")) input = load(argv[1], word(list, name));
    frame = load(argv[1], word(list, name));
    puts(name); /* the last one printed is the one that fails */
    if (IS("valid")) valid(of, input, frame);
    else if (IS("step")) step(c, d, input, frame);
    else if (IS("read") || IS("refused")) read_in_order(d, of, input, frame);
    else if (IS("with")) with(dictionary, of, input, frame);
    else if (IS("dictionary")) load_dictionary(id, frame, &dictionary);
    else damaged(of, frame);
    free(input.bytes);
    free(frame.bytes);
    vectors += !IS("dictionary");
  }
  CHECK(fclose(list) == 0);
  tracezip_compressor_free(c);
  tracezip_decompressor_free(d);
  tracezip_dictionary_free(dictionary);
  printf("%d vectors\n", vectors);
  return 0;
}
