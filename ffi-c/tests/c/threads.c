/* Two threads: each with handles of its own, and one-shot calls, at the same time. */
#include <pthread.h>

#include "check.h"
#include "request.h"

enum { BATCHES = 40, ROOM = SPANS * REQUEST_LEN + 16 };

typedef struct {
  uint8_t name;
  /* Made by one thread, used and freed by another. */
  tracezip_compressor *compressor;
  uint8_t frames[BATCHES][ROOM];
  size_t frame_lens[BATCHES];
} worker;

static void *work(void *argument) {
  worker *w = (worker *)argument;
  tracezip_decompressor *d = NULL;
  uint8_t i;
  OK(tracezip_decompressor_new(NULL, &d));
  for (i = 0; i < BATCHES; i++) {
    uint8_t otlp[ROOM], alone[ROOM], back[ROOM], *frame = w->frames[i];
    size_t otlp_len = requests((uint8_t)(w->name + i), otlp), alone_len = 0, len = 0;
    OK(tracezip_compressor_compress(w->compressor, otlp, otlp_len, frame, ROOM, &w->frame_lens[i]));
    OK(tracezip_decompressor_decompress(d, frame, w->frame_lens[i], back, ROOM, &len));
    CHECK(len == otlp_len && memcmp(back, otlp, len) == 0);
    OK(tracezip_compress(otlp, otlp_len, 1 + i % 9, alone, ROOM, &alone_len));
    OK(tracezip_decompress(alone, alone_len, back, ROOM, &len));
    CHECK(len == otlp_len && memcmp(back, otlp, len) == 0);
  }
  tracezip_compressor_free(w->compressor);
  tracezip_decompressor_free(d);
  return NULL;
}

int main(void) {
  static worker workers[2]; /* the same input for both: the same frames must come out */
  pthread_t threads[2];
  int i;
  for (i = 0; i < 2; i++) OK(tracezip_compressor_new(NULL, &workers[i].compressor));
  for (i = 0; i < 2; i++) CHECK(pthread_create(&threads[i], NULL, work, &workers[i]) == 0);
  for (i = 0; i < 2; i++) CHECK(pthread_join(threads[i], NULL) == 0);
  CHECK(memcmp(workers[0].frame_lens, workers[1].frame_lens, sizeof workers[0].frame_lens) == 0);
  CHECK(memcmp(workers[0].frames, workers[1].frames, sizeof workers[0].frames) == 0);
  return 0;
}
