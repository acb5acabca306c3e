/* One-shot calls: round trips at every level, the empty input, exact and short buffers. */
#include "check.h"
#include "request.h"

static void round_trip(const uint8_t *src, size_t src_len, int level) {
  size_t cap = tracezip_compress_bound(src_len), frame_len = 0, len = 0;
  uint8_t *frame = (uint8_t *)malloc(cap), *back = (uint8_t *)malloc(src_len + 1);
  uint64_t declared = 0;
  CHECK(frame != NULL && back != NULL && cap <= src_len + 16);

  OK(tracezip_compress(src, src_len, level, frame, cap, &frame_len));
  CHECK(frame_len <= cap);
  OK(tracezip_decompressed_len(frame, frame_len, &declared));
  CHECK(declared == src_len);
  OK(tracezip_decompress(frame, frame_len, back, src_len, &len));
  CHECK(len == src_len && (src_len == 0 || memcmp(back, src, src_len) == 0));

  /* A frame fits a buffer of exactly its length, and not one byte less. */
  len = 4711;
  memset(back, 0xEE, src_len + 1);
  GIVES(TRACEZIP_BUFFER_TOO_SMALL, tracezip_compress(src, src_len, level, frame, frame_len - 1, &len));
  CHECK(len == 4711);
  OK(tracezip_compress(src, src_len, level, frame, frame_len, &len));
  CHECK(len == frame_len);
  if (src_len > 0) {
    len = 4711;
    GIVES(TRACEZIP_BUFFER_TOO_SMALL, tracezip_decompress(frame, frame_len, back, src_len - 1, &len));
    CHECK(len == 4711 && back[0] == 0xEE && back[src_len - 1] == 0xEE);
  }

  /* Damage is an error and writes nothing. */
  frame[frame_len - 1] ^= 1;
  len = 4711;
  CHECK(tracezip_decompress(frame, frame_len, back, src_len, &len) != TRACEZIP_OK);
  CHECK(len == 4711 && (src_len == 0 || back[0] == 0xEE));
  free(frame);
  free(back);
}

int main(void) {
  uint8_t otlp[SPANS * REQUEST_LEN];
  size_t len = requests(1, otlp);
  int level;
  CHECK(strcmp(tracezip_version(), TRACEZIP_VERSION_STRING) == 0);
  CHECK(tracezip_version_number() == TRACEZIP_VERSION_NUMBER);
  for (level = 1; level <= 9; level++) {
    round_trip(otlp, len, level);
    round_trip(otlp, 0, level);
    round_trip((const uint8_t *)"no protobuf at all", 18, level);
  }
  return 0;
}
