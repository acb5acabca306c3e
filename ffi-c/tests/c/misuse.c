/* What a caller can do wrong without undefined behaviour is an error of its own, and writes nothing. */
#include "check.h"

static void one_shot(void) {
  uint8_t src[64] = {0}, dst[128];
  size_t len = 4711;
  uint64_t declared = 4711;
  memset(dst, 0xEE, sizeof dst);
  GIVES(TRACEZIP_NULL_POINTER, tracezip_compress(NULL, 1, 3, dst, sizeof dst, &len));
  GIVES(TRACEZIP_NULL_POINTER, tracezip_compress(src, 1, 3, NULL, 1, &len));
  GIVES(TRACEZIP_NULL_POINTER, tracezip_compress(src, 1, 3, dst, sizeof dst, NULL));
  GIVES(TRACEZIP_BUFFER_TOO_SMALL, tracezip_compress(src, 1, 3, NULL, 0, &len));
  GIVES(TRACEZIP_INVALID_CONFIG, tracezip_compress(src, 1, 0, dst, sizeof dst, &len));
  GIVES(TRACEZIP_INVALID_CONFIG, tracezip_compress(src, 1, 10, dst, sizeof dst, &len));
  GIVES(TRACEZIP_INVALID_CONFIG, tracezip_compress(src, 1, -1, dst, sizeof dst, &len));
  GIVES(TRACEZIP_INVALID_CONFIG, tracezip_compress(src, 1, 259, dst, sizeof dst, &len));
  GIVES(TRACEZIP_LIMIT_EXCEEDED, tracezip_compress(src, (size_t)-1, 3, dst, sizeof dst, &len));
  GIVES(TRACEZIP_NULL_POINTER, tracezip_decompress(NULL, 1, dst, sizeof dst, &len));
  GIVES(TRACEZIP_NULL_POINTER, tracezip_decompress(src, 1, NULL, 1, &len));
  GIVES(TRACEZIP_NULL_POINTER, tracezip_decompress(src, 1, dst, sizeof dst, NULL));
  GIVES(TRACEZIP_NULL_POINTER, tracezip_compress_with(NULL, NULL, 1, dst, sizeof dst, &len));
  GIVES(TRACEZIP_NULL_POINTER, tracezip_compress_with(NULL, src, 1, NULL, 1, &len));
  GIVES(TRACEZIP_NULL_POINTER, tracezip_compress_with(NULL, src, 1, dst, sizeof dst, NULL));
  GIVES(TRACEZIP_NULL_POINTER, tracezip_decompress_with(NULL, NULL, 1, dst, sizeof dst, &len));
  GIVES(TRACEZIP_NULL_POINTER, tracezip_decompress_with(NULL, src, 1, NULL, 1, &len));
  GIVES(TRACEZIP_NULL_POINTER, tracezip_decompress_with(NULL, src, 1, dst, sizeof dst, NULL));
  GIVES(TRACEZIP_NULL_POINTER, tracezip_decompressed_len(NULL, 1, &declared));
  GIVES(TRACEZIP_NULL_POINTER, tracezip_decompressed_len(src, 1, NULL));
  GIVES(TRACEZIP_TRUNCATED, tracezip_decompress(NULL, 0, dst, sizeof dst, &len));
  GIVES(TRACEZIP_TRUNCATED, tracezip_decompressed_len(src, 0, &declared));
  GIVES(TRACEZIP_NOT_TRACEZIP, tracezip_decompress(src, sizeof src, dst, sizeof dst, &len));
  GIVES(TRACEZIP_NOT_TRACEZIP, tracezip_decompressed_len(src, sizeof src, &declared));
  CHECK(len == 4711 && declared == 4711 && dst[0] == 0xEE && dst[127] == 0xEE);
  CHECK(tracezip_compress_bound((size_t)-1) == (size_t)-1);
  /* NULL is an empty input, and a buffer of no bytes. */
  OK(tracezip_compress(NULL, 0, 3, dst, sizeof dst, &len));
  OK(tracezip_decompress(dst, len, NULL, 0, &len));
  CHECK(len == 0);
}

static void settings(void) {
  tracezip_config *config = NULL;
  tracezip_compressor *c = NULL;
  tracezip_decompressor *d = NULL;
  uint8_t dst[128];
  size_t len = 4711;
  GIVES(TRACEZIP_NULL_POINTER, tracezip_config_new(NULL));
  GIVES(TRACEZIP_NULL_POINTER, tracezip_config_set_level(NULL, 3));
  OK(tracezip_config_new(&config));
  GIVES(TRACEZIP_INVALID_CONFIG, tracezip_config_set_max_state_bytes(config, 1000));
  GIVES(TRACEZIP_INVALID_CONFIG, tracezip_decompressor_new(config, &d));
  OK(tracezip_config_set_max_state_bytes(config, 1 << 20));
  GIVES(TRACEZIP_INVALID_CONFIG, tracezip_config_set_max_string_table_size(config, 1));
  OK(tracezip_config_set_max_string_table_size(config, 16));
  GIVES(TRACEZIP_INVALID_CONFIG, tracezip_config_set_level(config, 259));
  /* Out of range stays out of range, until it is mended. */
  OK(tracezip_config_set_enabled(config, 1));
  GIVES(TRACEZIP_INVALID_CONFIG, tracezip_compressor_new(config, &c));
  GIVES(TRACEZIP_INVALID_CONFIG, tracezip_compress_with(config, NULL, 0, dst, sizeof dst, &len));
  GIVES(TRACEZIP_INVALID_CONFIG, tracezip_decompress_with(config, NULL, 0, dst, sizeof dst, &len));
  CHECK(len == 4711);
  CHECK(c == NULL && d == NULL);
  OK(tracezip_config_set_level(config, 1));
  OK(tracezip_compressor_new(config, &c));
  tracezip_compressor_free(c);
  tracezip_config_free(config);
  tracezip_config_free(NULL);
}

static void handles(void) {
  uint8_t src[64] = {0}, dst[128];
  size_t len = 4711;
  tracezip_compressor *c = NULL;
  tracezip_decompressor *d = NULL;
  tracezip_stats stats;
  struct {
    tracezip_stats known;
    uint64_t newer[2];
    uint64_t behind;
  } larger;
  GIVES(TRACEZIP_NULL_POINTER, tracezip_compressor_new(NULL, NULL));
  GIVES(TRACEZIP_NULL_POINTER, tracezip_decompressor_new(NULL, NULL));
  OK(tracezip_compressor_new(NULL, &c));
  OK(tracezip_decompressor_new(NULL, &d));
  GIVES(TRACEZIP_NULL_POINTER, tracezip_compressor_compress(NULL, src, 1, dst, sizeof dst, &len));
  GIVES(TRACEZIP_NULL_POINTER, tracezip_compressor_compress(c, NULL, 1, dst, sizeof dst, &len));
  GIVES(TRACEZIP_NULL_POINTER, tracezip_compressor_compress(c, src, 1, NULL, sizeof dst, &len));
  GIVES(TRACEZIP_NULL_POINTER, tracezip_compressor_compress(c, src, 1, dst, sizeof dst, NULL));
  GIVES(TRACEZIP_BUFFER_TOO_SMALL, tracezip_compressor_compress(c, src, 1, NULL, 0, &len));
  GIVES(TRACEZIP_NULL_POINTER, tracezip_compressor_reset(NULL));
  GIVES(TRACEZIP_NULL_POINTER, tracezip_compressor_reset_stats(NULL));
  GIVES(TRACEZIP_NULL_POINTER, tracezip_compressor_set_metering(NULL, 1));
  GIVES(TRACEZIP_NULL_POINTER, tracezip_decompressor_decompress(NULL, src, 1, dst, sizeof dst, &len));
  GIVES(TRACEZIP_NULL_POINTER, tracezip_decompressor_decompress(d, NULL, 1, dst, sizeof dst, &len));
  GIVES(TRACEZIP_NULL_POINTER, tracezip_decompressor_decompress(d, src, 1, NULL, sizeof dst, &len));
  GIVES(TRACEZIP_NULL_POINTER, tracezip_decompressor_decompress(d, src, 1, dst, sizeof dst, NULL));
  GIVES(TRACEZIP_TRUNCATED, tracezip_decompressor_decompress(d, NULL, 0, dst, sizeof dst, &len));
  GIVES(TRACEZIP_NULL_POINTER, tracezip_decompressor_reset(NULL));
  CHECK(len == 4711);

  GIVES(TRACEZIP_NULL_POINTER, tracezip_compressor_stats(NULL, &stats));
  GIVES(TRACEZIP_NULL_POINTER, tracezip_compressor_stats(c, NULL));
  stats.struct_size = 0;
  GIVES(TRACEZIP_INVALID_CONFIG, tracezip_compressor_stats(c, &stats));
  stats.struct_size = (size_t)-1;
  GIVES(TRACEZIP_INVALID_CONFIG, tracezip_compressor_stats(c, &stats));
  /* The struct of a newer header: what this library does not know is zero, what is behind is left. */
  memset(&larger, 0xEE, sizeof larger);
  larger.known.struct_size = sizeof larger - sizeof larger.behind;
  OK(tracezip_compressor_stats(c, &larger.known));
  CHECK(larger.known.frames == 0 && larger.newer[0] == 0 && larger.newer[1] == 0);
  CHECK(larger.behind == UINT64_C(0xEEEEEEEEEEEEEEEE));

  tracezip_compressor_free(c);
  tracezip_decompressor_free(d);
  tracezip_compressor_free(NULL);
  tracezip_decompressor_free(NULL);
}

int main(void) {
  int i;
  for (i = -2; i < 120; i++) CHECK(strlen(tracezip_result_str(i)) > 0);
  CHECK(strcmp(tracezip_result_str(TRACEZIP_OK), "ok") == 0);
  one_shot();
  settings();
  handles();
  return 0;
}
