/* A stream: frames in order, a lost one, a repeated one, recovery by reset, statistics, settings. */
#include "check.h"
#include "request.h"

enum { FRAMES = 6, ROOM = SPANS * REQUEST_LEN + 16 };

typedef struct {
  uint8_t otlp[ROOM], frame[ROOM];
  size_t otlp_len, frame_len;
} batch;

static void make(tracezip_compressor *c, batch *b, uint8_t name) {
  b->otlp_len = requests(name, b->otlp);
  OK(tracezip_compressor_compress(c, b->otlp, b->otlp_len, b->frame, ROOM, &b->frame_len));
}

static tracezip_result read_back(tracezip_decompressor *d, const batch *b) {
  uint8_t back[ROOM];
  size_t len = 0;
  tracezip_result result = tracezip_decompressor_decompress(d, b->frame, b->frame_len, back, ROOM, &len);
  if (result == TRACEZIP_OK) CHECK(len == b->otlp_len && memcmp(back, b->otlp, len) == 0);
  else CHECK(len == 0);
  return result;
}

static void in_order_and_not(void) {
  tracezip_compressor *c = NULL;
  tracezip_decompressor *d = NULL;
  batch b[FRAMES], reset;
  uint8_t i;
  OK(tracezip_compressor_new(NULL, &c));
  OK(tracezip_decompressor_new(NULL, &d));
  for (i = 0; i < FRAMES; i++) make(c, &b[i], i);
  for (i = 0; i < FRAMES; i++) OK(read_back(d, &b[i]));

  /* Repeated, then refused until a frame stands alone; the first one does. */
  GIVES(TRACEZIP_OUT_OF_SEQUENCE, read_back(d, &b[FRAMES - 1]));
  GIVES(TRACEZIP_OUT_OF_SEQUENCE, read_back(d, &b[1]));
  OK(read_back(d, &b[0]));
  OK(read_back(d, &b[1]));
  /* Lost. */
  GIVES(TRACEZIP_OUT_OF_SEQUENCE, read_back(d, &b[3]));
  GIVES(TRACEZIP_OUT_OF_SEQUENCE, read_back(d, &b[2]));
  /* The sender resets. */
  OK(tracezip_compressor_reset(c));
  make(c, &reset, 7);
  OK(read_back(d, &reset));
  make(c, &reset, 8);
  OK(read_back(d, &reset));
  /* The receiver resets. */
  make(c, &reset, 9);
  OK(tracezip_decompressor_reset(d));
  GIVES(TRACEZIP_OUT_OF_SEQUENCE, read_back(d, &reset));

  /* A frame of a stream is no frame that stands alone. */
  {
    uint8_t back[ROOM];
    size_t len = 0;
    GIVES(TRACEZIP_OUT_OF_SEQUENCE, tracezip_decompress(reset.frame, reset.frame_len, back, ROOM, &len));
    CHECK(len == 0);
  }
  tracezip_compressor_free(c);
  tracezip_decompressor_free(d);
}

/* A refused call changes nothing: the stream goes on as if it had not been made. */
static void short_buffers(void) {
  tracezip_compressor *c = NULL;
  tracezip_decompressor *d = NULL;
  batch b;
  uint8_t small[ROOM];
  size_t len = 4711;
  uint8_t i;
  OK(tracezip_compressor_new(NULL, &c));
  OK(tracezip_decompressor_new(NULL, &d));
  memset(small, 0xEE, sizeof small);
  for (i = 0; i < FRAMES; i++) {
    b.otlp_len = requests(i, b.otlp);
    GIVES(TRACEZIP_BUFFER_TOO_SMALL,
          tracezip_compressor_compress(c, b.otlp, b.otlp_len, small, tracezip_compress_bound(b.otlp_len) - 1, &len));
    make(c, &b, i);
    GIVES(TRACEZIP_BUFFER_TOO_SMALL,
          tracezip_decompressor_decompress(d, b.frame, b.frame_len, small, b.otlp_len - 1, &len));
    CHECK(len == 4711 && small[0] == 0xEE && small[ROOM - 1] == 0xEE);
    OK(read_back(d, &b));
  }
  tracezip_compressor_free(c);
  tracezip_decompressor_free(d);
}

static void statistics(void) {
  tracezip_compressor *c = NULL;
  tracezip_stats stats;
  batch b;
  OK(tracezip_compressor_new(NULL, &c));
  make(c, &b, 1);
  memset(&stats, 0xEE, sizeof stats);
  stats.struct_size = sizeof stats;
  OK(tracezip_compressor_stats(c, &stats));
  CHECK(stats.struct_size == sizeof stats && stats.original_size == b.otlp_len);
  CHECK(stats.compressed_size == b.frame_len && stats.frames == 1 && stats.stored_frames <= 1);
  CHECK(stats.last_frame_stored == stats.stored_frames);
  OK(tracezip_compressor_reset_stats(c));
  OK(tracezip_compressor_stats(c, &stats));
  CHECK(stats.original_size == 0 && stats.frames == 0 && stats.compression_ratio == 1.0);
  tracezip_compressor_free(c);
}

/* What bytes are spent on is told only when asked for, and frames are the same. */
static void metering(void) {
  tracezip_compressor *c = NULL;
  tracezip_stats stats;
  batch plain, metered;
  double sum;
  OK(tracezip_compressor_new(NULL, &c));
  make(c, &plain, 1);
  stats.struct_size = sizeof stats;
  OK(tracezip_compressor_stats(c, &stats));
  CHECK(stats.ids_bytes == 0 && stats.structure_bytes == (double)plain.frame_len);
  OK(tracezip_compressor_reset_stats(c));
  OK(tracezip_compressor_reset(c));
  OK(tracezip_compressor_set_metering(c, 1));
  make(c, &metered, 1);
  CHECK(metered.frame_len == plain.frame_len && memcmp(metered.frame, plain.frame, plain.frame_len) == 0);
  OK(tracezip_compressor_stats(c, &stats));
  CHECK(stats.ids_bytes > 0 && stats.structure_bytes < (double)plain.frame_len);
  sum = stats.ids_bytes + stats.times_bytes + stats.strings_bytes + stats.numbers_bytes + stats.structure_bytes;
  CHECK(sum - (double)plain.frame_len < 0.01 && (double)plain.frame_len - sum < 0.01);
  tracezip_compressor_free(c);
}

static void settings(void) {
  tracezip_config *config = NULL;
  tracezip_compressor *c = NULL;
  tracezip_decompressor *d = NULL;
  tracezip_stats stats;
  batch b;
  OK(tracezip_config_new(&config));
  OK(tracezip_config_set_enabled(config, 0));
  OK(tracezip_config_set_min_batch_size(config, 1));
  OK(tracezip_config_set_max_string_table_size(config, 100));
  OK(tracezip_config_set_enable_delta_encoding(config, 0));
  OK(tracezip_config_set_enable_dedup(config, 0));
  OK(tracezip_config_set_predict_ids(config, 0));
  OK(tracezip_config_set_level(config, 9));
  OK(tracezip_config_set_max_state_bytes(config, 2 << 20));
  OK(tracezip_config_set_max_decoded_bytes(config, 10));
  OK(tracezip_compressor_new(config, &c));
  OK(tracezip_decompressor_new(config, &d));
  tracezip_config_free(config);

  make(c, &b, 1);
  stats.struct_size = sizeof stats;
  OK(tracezip_compressor_stats(c, &stats));
  CHECK(stats.last_frame_stored == 1); /* not enabled */
  GIVES(TRACEZIP_LIMIT_EXCEEDED, read_back(d, &b));
  tracezip_compressor_free(c);
  tracezip_decompressor_free(d);
}

int main(void) {
  in_order_and_not();
  short_buffers();
  statistics();
  metering();
  settings();
  return 0;
}
