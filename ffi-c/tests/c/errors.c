/* What handles tell of their last error, wrong handles, and how a stream goes on after an error. */
#include "check.h"
#include "request.h"

enum { ROOM = SPANS * REQUEST_LEN + 16 };

/* How the last call with a handle ended. */
#define TELLS(kind, handle, expected_result, expected_stage, expected_offset, part)          \
  do {                                                                                       \
    tracezip_error_detail detail_;                                                           \
    memset(&detail_, 0xEE, sizeof detail_);                                                  \
    detail_.struct_size = sizeof detail_;                                                    \
    OK(tracezip_##kind##_last_error(handle, &detail_));                                      \
    if (detail_.result != (expected_result) || detail_.stage != (expected_stage) ||          \
        detail_.offset != (expected_offset) || strstr(detail_.message, part) == NULL) {      \
      fprintf(stderr, "%s:%d: %d, %s, byte %lu: %s\n", __FILE__, __LINE__, detail_.result,   \
              tracezip_stage_str(detail_.stage), (unsigned long)detail_.offset, detail_.message); \
      exit(1);                                                                               \
    }                                                                                        \
  } while (0)

static void of_a_compressor(void) {
  tracezip_compressor *c = NULL;
  uint8_t otlp[ROOM], frame[ROOM];
  size_t otlp_len = requests(1, otlp), len = 0;
  OK(tracezip_compressor_new(NULL, &c));
  TELLS(compressor, c, TRACEZIP_OK, TRACEZIP_STAGE_NONE, 0, "ok");
  GIVES(TRACEZIP_BUFFER_TOO_SMALL, tracezip_compressor_compress(c, otlp, otlp_len, frame, 700, &len));
  TELLS(compressor, c, TRACEZIP_BUFFER_TOO_SMALL, TRACEZIP_STAGE_OUTPUT, 700, "796 bytes are needed, not 700");
  GIVES(TRACEZIP_NULL_POINTER, tracezip_compressor_compress(c, NULL, 1, frame, ROOM, &len));
  TELLS(compressor, c, TRACEZIP_NULL_POINTER, TRACEZIP_STAGE_CALL, 0, "src");
  GIVES(TRACEZIP_NULL_POINTER, tracezip_compressor_compress(c, otlp, otlp_len, NULL, ROOM, &len));
  TELLS(compressor, c, TRACEZIP_NULL_POINTER, TRACEZIP_STAGE_CALL, 0, "dst");
  OK(tracezip_compressor_compress(c, otlp, otlp_len, frame, ROOM, &len));
  TELLS(compressor, c, TRACEZIP_OK, TRACEZIP_STAGE_NONE, 0, "ok");
  tracezip_compressor_free(c);
}

static void of_a_decompressor(void) {
  tracezip_compressor *c = NULL;
  tracezip_decompressor *d = NULL;
  uint8_t otlp[ROOM], first[ROOM], second[ROOM], back[ROOM];
  size_t otlp_len = requests(1, otlp), first_len = 0, second_len = 0, len = 4711;
  OK(tracezip_compressor_new(NULL, &c));
  OK(tracezip_decompressor_new(NULL, &d));
  OK(tracezip_compressor_compress(c, otlp, otlp_len, first, ROOM, &first_len));
  OK(tracezip_compressor_compress(c, otlp, otlp_len, second, ROOM, &second_len));
  TELLS(decompressor, d, TRACEZIP_OK, TRACEZIP_STAGE_NONE, 0, "ok");

  GIVES(TRACEZIP_TRUNCATED, tracezip_decompressor_decompress(d, first, 3, back, ROOM, &len));
  TELLS(decompressor, d, TRACEZIP_TRUNCATED, TRACEZIP_STAGE_HEADER, 3, "(frame header, byte 3)");
  second[0] ^= 0x40;
  CHECK(tracezip_decompressor_decompress(d, second, second_len, back, ROOM, &len) != TRACEZIP_OK);
  second[0] ^= 0x40;
  GIVES(TRACEZIP_BUFFER_TOO_SMALL, tracezip_decompressor_decompress(d, first, first_len, back, 9, &len));
  TELLS(decompressor, d, TRACEZIP_BUFFER_TOO_SMALL, TRACEZIP_STAGE_OUTPUT, 9, "780 bytes are needed, not 9");

  /* After an error a frame of a stream is refused, one that stands alone is taken. */
  GIVES(TRACEZIP_OUT_OF_SEQUENCE, tracezip_decompressor_decompress(d, second, second_len, back, ROOM, &len));
  TELLS(decompressor, d, TRACEZIP_OUT_OF_SEQUENCE, TRACEZIP_STAGE_STREAM, 0, "(stream, byte 0)");
  CHECK(len == 4711);
  OK(tracezip_decompressor_decompress(d, first, first_len, back, ROOM, &len));
  TELLS(decompressor, d, TRACEZIP_OK, TRACEZIP_STAGE_NONE, 0, "ok");
  OK(tracezip_decompressor_decompress(d, second, second_len, back, ROOM, &len));
  CHECK(len == otlp_len && memcmp(back, otlp, len) == 0);
  /* _reset is a call too: the error before it is forgotten. */
  GIVES(TRACEZIP_NULL_POINTER, tracezip_decompressor_decompress(d, first, first_len, back, ROOM, NULL));
  OK(tracezip_decompressor_reset(d));
  TELLS(decompressor, d, TRACEZIP_OK, TRACEZIP_STAGE_NONE, 0, "ok");
  tracezip_compressor_free(c);
  tracezip_decompressor_free(d);
}

static void of_settings(void) {
  tracezip_config *config = NULL;
  OK(tracezip_config_new(&config));
  TELLS(config, config, TRACEZIP_OK, TRACEZIP_STAGE_NONE, 0, "ok");
  GIVES(TRACEZIP_INVALID_CONFIG, tracezip_config_set_level(config, 10));
  TELLS(config, config, TRACEZIP_INVALID_CONFIG, TRACEZIP_STAGE_CONFIG, 0, "level must be 1 to 9");
  OK(tracezip_config_set_level(config, 9));
  TELLS(config, config, TRACEZIP_OK, TRACEZIP_STAGE_NONE, 0, "ok");
  tracezip_config_free(config);
}

/* The caller's struct may be that of another version of the header. */
static void structs_of_other_sizes(void) {
  tracezip_compressor *c = NULL;
  struct {
    tracezip_error_detail known;
    uint64_t newer, behind;
  } larger;
  OK(tracezip_compressor_new(NULL, &c));
  memset(&larger, 0xEE, sizeof larger);
  larger.known.struct_size = sizeof larger - sizeof larger.behind;
  OK(tracezip_compressor_last_error(c, &larger.known));
  CHECK(larger.known.struct_size == sizeof larger - sizeof larger.behind);
  CHECK(larger.newer == 0 && larger.behind == UINT64_C(0xEEEEEEEEEEEEEEEE));
  larger.known.struct_size = sizeof larger.known - 1;
  GIVES(TRACEZIP_INVALID_CONFIG, tracezip_compressor_last_error(c, &larger.known));
  larger.known.struct_size = (size_t)-1;
  GIVES(TRACEZIP_INVALID_CONFIG, tracezip_compressor_last_error(c, &larger.known));
  GIVES(TRACEZIP_NULL_POINTER, tracezip_compressor_last_error(c, NULL));
  GIVES(TRACEZIP_NULL_POINTER, tracezip_compressor_last_error(NULL, &larger.known));
  GIVES(TRACEZIP_NULL_POINTER, tracezip_decompressor_last_error(NULL, &larger.known));
  GIVES(TRACEZIP_NULL_POINTER, tracezip_config_last_error(NULL, &larger.known));
  tracezip_compressor_free(c);
}

/* What a caller without types may do: each handle where another belongs. */
static void wrong_handles(void) {
  tracezip_config *config = NULL;
  tracezip_compressor *c = NULL, *c_out = NULL;
  tracezip_decompressor *d = NULL, *d_out = NULL;
  void *as_config, *as_c, *as_d;
  uint8_t src[8] = {0}, dst[64];
  size_t len = 4711;
  tracezip_stats stats;
  tracezip_error_detail detail;
  OK(tracezip_config_new(&config));
  OK(tracezip_compressor_new(config, &c));
  OK(tracezip_decompressor_new(config, &d));
  as_config = c, as_c = d, as_d = config;
  stats.struct_size = sizeof stats;
  detail.struct_size = sizeof detail;
#define WRONG(call) GIVES(TRACEZIP_WRONG_HANDLE, call)
  WRONG(tracezip_config_set_level((tracezip_config *)as_config, 3));
  WRONG(tracezip_config_last_error((tracezip_config *)as_config, &detail));
  WRONG(tracezip_compressor_new((tracezip_config *)as_config, &c_out));
  WRONG(tracezip_decompressor_new((tracezip_config *)as_config, &d_out));
  WRONG(tracezip_compress_with((tracezip_config *)as_config, src, 8, dst, 64, &len));
  WRONG(tracezip_decompress_with((tracezip_config *)as_config, src, 8, dst, 64, &len));
  WRONG(tracezip_compressor_compress((tracezip_compressor *)as_c, src, 8, dst, 64, &len));
  WRONG(tracezip_compressor_stats((tracezip_compressor *)as_c, &stats));
  WRONG(tracezip_compressor_reset((tracezip_compressor *)as_c));
  WRONG(tracezip_compressor_reset_stats((tracezip_compressor *)as_c));
  WRONG(tracezip_compressor_set_metering((tracezip_compressor *)as_c, 1));
  WRONG(tracezip_compressor_last_error((tracezip_compressor *)as_c, &detail));
  WRONG(tracezip_decompressor_decompress((tracezip_decompressor *)as_d, src, 8, dst, 64, &len));
  WRONG(tracezip_decompressor_reset((tracezip_decompressor *)as_d));
  WRONG(tracezip_decompressor_last_error((tracezip_decompressor *)as_d, &detail));
  CHECK(len == 4711 && c_out == NULL && d_out == NULL);
  /* Left alone by the wrong _free: they still work, and valgrind sees each freed once. */
  tracezip_config_free((tracezip_config *)as_config);
  tracezip_compressor_free((tracezip_compressor *)as_c);
  tracezip_decompressor_free((tracezip_decompressor *)as_d);
  OK(tracezip_config_set_level(config, 9));
  OK(tracezip_compressor_reset(c));
  OK(tracezip_decompressor_reset(d));
  tracezip_config_free(config);
  tracezip_compressor_free(c);
  tracezip_decompressor_free(d);
}

int main(void) {
  int stage;
  for (stage = -2; stage < 120; stage++) CHECK(strlen(tracezip_stage_str(stage)) > 0);
  CHECK(strcmp(tracezip_stage_str(TRACEZIP_STAGE_BODY), "frame body") == 0);
  of_a_compressor();
  of_a_decompressor();
  of_settings();
  structs_of_other_sizes();
  wrong_handles();
  return 0;
}
