/* Dictionaries: frames that stand alone for those who hold one, who may free it early, and share it. */
#include <pthread.h>

#include "check.h"
#include "request.h"

enum { SAMPLES = 12, ROOM = SPANS * REQUEST_LEN + 16, MOST = 4096 };

/* Trained with requests of the kind that request.h makes. */
static tracezip_dictionary *trained(void) {
  static uint8_t samples[SAMPLES][ROOM];
  const uint8_t *pointers[SAMPLES];
  size_t lens[SAMPLES];
  tracezip_dictionary *dictionary = NULL;
  uint8_t i;
  for (i = 0; i < SAMPLES; i++) {
    pointers[i] = samples[i];
    lens[i] = requests(i, samples[i]);
  }
  OK(tracezip_dictionary_train(pointers, lens, SAMPLES, MOST, &dictionary));
  return dictionary;
}

static tracezip_config *settings_with(const tracezip_dictionary *dictionary) {
  tracezip_config *config = NULL;
  OK(tracezip_config_new(&config));
  OK(tracezip_config_set_dictionary(config, dictionary));
  return config;
}

static void is_read(tracezip_decompressor *d, const uint8_t *frame, size_t frame_len, uint8_t name) {
  uint8_t otlp[ROOM], back[ROOM];
  size_t otlp_len = requests(name, otlp), len = 0;
  OK(tracezip_decompressor_decompress(d, frame, frame_len, back, ROOM, &len));
  CHECK(len == otlp_len && memcmp(back, otlp, len) == 0);
}

static void frames_stand_alone_for_those_who_hold_it(void) {
  tracezip_dictionary *dictionary = trained();
  tracezip_config *config = settings_with(dictionary);
  tracezip_compressor *c = NULL;
  tracezip_decompressor *holder = NULL, *other = NULL;
  tracezip_error_detail detail;
  uint8_t otlp[ROOM], plain[ROOM], frame[ROOM], back[ROOM];
  size_t otlp_len = requests(40, otlp), plain_len = 0, frame_len = 0, len = 4711;
  uint64_t id = 0;
  uint32_t id_low = 1;
  int needed = 1;
  char end_of_id[9];
  OK(tracezip_dictionary_id(dictionary, &id));
  OK(tracezip_compressor_new(config, &c));
  OK(tracezip_decompressor_new(config, &holder));
  OK(tracezip_decompressor_new(NULL, &other));
  /* Whatever was given it has what it needs. */
  tracezip_config_free(config);
  tracezip_dictionary_free(dictionary);

  OK(tracezip_compress(otlp, otlp_len, 3, plain, ROOM, &plain_len));
  OK(tracezip_frame_dictionary(plain, plain_len, &needed, &id_low));
  CHECK(needed == 0 && id_low == 0);
  OK(tracezip_compressor_compress(c, otlp, otlp_len, frame, ROOM, &frame_len));
  CHECK(frame_len + 20 < plain_len); /* what is left are span ids, 8 bytes each */
  OK(tracezip_frame_dictionary(frame, frame_len, &needed, &id_low));
  CHECK(needed == 1 && id_low == (uint32_t)id);
  is_read(holder, frame, frame_len, 40);
  is_read(holder, plain, plain_len, 40);

  /* Without it the error names it; with it the same frame is read. */
  GIVES(TRACEZIP_UNKNOWN_DICTIONARY, tracezip_decompress(frame, frame_len, back, ROOM, &len));
  GIVES(TRACEZIP_UNKNOWN_DICTIONARY, tracezip_decompress_with(NULL, frame, frame_len, back, ROOM, &len));
  GIVES(TRACEZIP_UNKNOWN_DICTIONARY, tracezip_decompressor_decompress(other, frame, frame_len, back, ROOM, &len));
  CHECK(len == 4711);
  detail.struct_size = sizeof detail;
  OK(tracezip_decompressor_last_error(other, &detail));
  snprintf(end_of_id, sizeof end_of_id, "%08x", (unsigned)id_low);
  CHECK(detail.result == TRACEZIP_UNKNOWN_DICTIONARY && strstr(detail.message, end_of_id) != NULL);
  dictionary = trained(); /* training is deterministic */
  OK(tracezip_decompressor_add_dictionary(other, dictionary));
  OK(tracezip_decompressor_add_dictionary(other, dictionary));
  tracezip_dictionary_free(dictionary);
  is_read(other, frame, frame_len, 40);

  /* A stream begins with it, too, and again after a reset of either side. */
  OK(tracezip_compressor_compress(c, otlp, otlp_len, plain, ROOM, &plain_len));
  OK(tracezip_frame_dictionary(plain, plain_len, &needed, &id_low));
  CHECK(needed == 0 && plain_len < frame_len);
  is_read(other, plain, plain_len, 40);
  OK(tracezip_compressor_reset(c));
  OK(tracezip_decompressor_reset(other));
  OK(tracezip_compressor_compress(c, otlp, otlp_len, plain, ROOM, &plain_len));
  CHECK(plain_len == frame_len && memcmp(plain, frame, frame_len) == 0);
  is_read(other, plain, plain_len, 40);
  tracezip_compressor_free(c);
  tracezip_decompressor_free(holder);
  tracezip_decompressor_free(other);
}

static void bytes(void) {
  tracezip_dictionary *dictionary = trained(), *again = NULL;
  uint8_t content[MOST], otlp[ROOM], frame[ROOM];
  size_t len = 0, content_len = 0, otlp_len = requests(1, otlp), frame_len = 0, cut;
  uint64_t id = 0, id_again = 0;
  OK(tracezip_dictionary_len(dictionary, &len));
  CHECK(len > 0 && len <= MOST);
  GIVES(TRACEZIP_BUFFER_TOO_SMALL, tracezip_dictionary_bytes(dictionary, content, len - 1, &content_len));
  CHECK(content_len == 0);
  OK(tracezip_dictionary_bytes(dictionary, content, sizeof content, &content_len));
  CHECK(content_len == len);
  OK(tracezip_dictionary_load(content, len, &again));
  OK(tracezip_dictionary_id(dictionary, &id));
  OK(tracezip_dictionary_id(again, &id_again));
  CHECK(id == id_again);
  tracezip_dictionary_free(again);
  again = NULL;
  for (cut = 0; cut < len; cut += 97) {
    content[cut] ^= 0x10;
    CHECK(tracezip_dictionary_load(content, len, &again) != TRACEZIP_OK);
    content[cut] ^= 0x10;
    CHECK(tracezip_dictionary_load(content, cut, &again) != TRACEZIP_OK);
  }
  GIVES(TRACEZIP_NOT_TRACEZIP, tracezip_dictionary_load(otlp, otlp_len, &again));
  /* Frames are dictionaries if they say all themselves and are of a level from 2 to 8. */
  OK(tracezip_compress(otlp, otlp_len, 9, frame, ROOM, &frame_len));
  GIVES(TRACEZIP_CORRUPT, tracezip_dictionary_load(frame, frame_len, &again));
  CHECK(again == NULL);
  OK(tracezip_compress(otlp, otlp_len, 1, frame, ROOM, &frame_len));
  GIVES(TRACEZIP_CORRUPT, tracezip_dictionary_load(frame, frame_len, &again));
  OK(tracezip_compress(otlp, otlp_len, 3, frame, ROOM, &frame_len));
  OK(tracezip_dictionary_load(frame, frame_len, &again));
  tracezip_dictionary_free(again);
  tracezip_dictionary_free(dictionary);
}

static void misuse(void) {
  tracezip_dictionary *dictionary = trained(), *out = NULL;
  tracezip_config *config = settings_with(dictionary);
  tracezip_compressor *c = NULL;
  tracezip_decompressor *d = NULL;
  uint8_t otlp[ROOM], dst[ROOM];
  size_t otlp_len = requests(1, otlp), len = 4711, none = 0;
  const uint8_t *sample = otlp, *missing = NULL;
  uint64_t id = 4711;
  uint32_t id_low = 4711;
  int needed = 4711;
  void *as_dictionary = config, *as_config = dictionary, *as_d = dictionary;
  GIVES(TRACEZIP_NULL_POINTER, tracezip_dictionary_train(NULL, &otlp_len, 1, MOST, &out));
  GIVES(TRACEZIP_NULL_POINTER, tracezip_dictionary_train(&sample, NULL, 1, MOST, &out));
  GIVES(TRACEZIP_NULL_POINTER, tracezip_dictionary_train(&missing, &otlp_len, 1, MOST, &out));
  GIVES(TRACEZIP_NULL_POINTER, tracezip_dictionary_train(&sample, &otlp_len, 1, MOST, NULL));
  GIVES(TRACEZIP_LIMIT_EXCEEDED, tracezip_dictionary_train(&sample, &otlp_len, (size_t)-1 / 8, MOST, &out));
  GIVES(TRACEZIP_INVALID_CONFIG, tracezip_dictionary_train(&sample, &otlp_len, 1, MOST - 1, &out));
  GIVES(TRACEZIP_NOT_OTLP, tracezip_dictionary_train(NULL, NULL, 0, MOST, &out));
  GIVES(TRACEZIP_NOT_OTLP, tracezip_dictionary_train(&missing, &none, 1, MOST, &out));
  otlp[0] = 'x';
  GIVES(TRACEZIP_NOT_OTLP, tracezip_dictionary_train(&sample, &otlp_len, 1, MOST, &out));
  GIVES(TRACEZIP_NULL_POINTER, tracezip_dictionary_load(NULL, 1, &out));
  GIVES(TRACEZIP_NULL_POINTER, tracezip_dictionary_load(otlp, otlp_len, NULL));
  GIVES(TRACEZIP_TRUNCATED, tracezip_dictionary_load(NULL, 0, &out));
  GIVES(TRACEZIP_NULL_POINTER, tracezip_dictionary_id(NULL, &id));
  GIVES(TRACEZIP_NULL_POINTER, tracezip_dictionary_id(dictionary, NULL));
  GIVES(TRACEZIP_NULL_POINTER, tracezip_dictionary_len(NULL, &len));
  GIVES(TRACEZIP_NULL_POINTER, tracezip_dictionary_len(dictionary, NULL));
  GIVES(TRACEZIP_NULL_POINTER, tracezip_dictionary_bytes(NULL, dst, ROOM, &len));
  GIVES(TRACEZIP_NULL_POINTER, tracezip_dictionary_bytes(dictionary, NULL, 1, &len));
  GIVES(TRACEZIP_NULL_POINTER, tracezip_dictionary_bytes(dictionary, dst, ROOM, NULL));
  GIVES(TRACEZIP_NULL_POINTER, tracezip_config_set_dictionary(NULL, dictionary));
  OK(tracezip_decompressor_new(NULL, &d));
  GIVES(TRACEZIP_NULL_POINTER, tracezip_decompressor_add_dictionary(NULL, dictionary));
  GIVES(TRACEZIP_NULL_POINTER, tracezip_decompressor_add_dictionary(d, NULL));
  GIVES(TRACEZIP_NULL_POINTER, tracezip_frame_dictionary(NULL, 1, &needed, &id_low));
  GIVES(TRACEZIP_NULL_POINTER, tracezip_frame_dictionary(otlp, otlp_len, NULL, &id_low));
  GIVES(TRACEZIP_NULL_POINTER, tracezip_frame_dictionary(otlp, otlp_len, &needed, NULL));
  GIVES(TRACEZIP_TRUNCATED, tracezip_frame_dictionary(NULL, 0, &needed, &id_low));
  GIVES(TRACEZIP_NOT_TRACEZIP, tracezip_frame_dictionary(otlp, otlp_len, &needed, &id_low));
  /* What a caller without types may do. */
  GIVES(TRACEZIP_WRONG_HANDLE, tracezip_dictionary_id((tracezip_dictionary *)as_dictionary, &id));
  GIVES(TRACEZIP_WRONG_HANDLE, tracezip_dictionary_len((tracezip_dictionary *)as_dictionary, &len));
  GIVES(TRACEZIP_WRONG_HANDLE, tracezip_dictionary_bytes((tracezip_dictionary *)as_dictionary, dst, ROOM, &len));
  GIVES(TRACEZIP_WRONG_HANDLE, tracezip_config_set_dictionary(config, (tracezip_dictionary *)as_dictionary));
  GIVES(TRACEZIP_WRONG_HANDLE, tracezip_config_set_dictionary((tracezip_config *)as_config, dictionary));
  GIVES(TRACEZIP_WRONG_HANDLE, tracezip_decompressor_add_dictionary(d, (tracezip_dictionary *)as_dictionary));
  GIVES(TRACEZIP_WRONG_HANDLE, tracezip_decompressor_add_dictionary((tracezip_decompressor *)as_d, dictionary));
  tracezip_dictionary_free((tracezip_dictionary *)as_dictionary); /* left alone */
  CHECK(out == NULL && id == 4711 && len == 4711 && id_low == 4711 && needed == 4711);

  /* A setter that was refused has changed nothing; NULL takes the dictionary away. */
  otlp_len = requests(1, otlp);
  OK(tracezip_compress_with(config, otlp, otlp_len, dst, ROOM, &len));
  OK(tracezip_frame_dictionary(dst, len, &needed, &id_low));
  CHECK(needed == 1);
  OK(tracezip_config_set_dictionary(config, NULL));
  OK(tracezip_compressor_new(config, &c));
  OK(tracezip_compressor_compress(c, otlp, otlp_len, dst, ROOM, &len));
  OK(tracezip_frame_dictionary(dst, len, &needed, &id_low));
  CHECK(needed == 0);
  tracezip_compressor_free(c);
  tracezip_decompressor_free(d);
  tracezip_config_free(config);
  tracezip_dictionary_free(dictionary);
  tracezip_dictionary_free(NULL);
}

enum { BATCHES = 20, THREADS = 2 };

typedef struct {
  const tracezip_dictionary *dictionary; /* the same for all */
  uint8_t frames[BATCHES][ROOM];
  size_t frame_lens[BATCHES];
} worker;

/* Both ask for both directions of two levels first, which makes them at the same time. */
static void *work(void *argument) {
  worker *w = (worker *)argument;
  uint8_t i;
  for (i = 0; i < BATCHES; i++) {
    uint8_t otlp[ROOM], back[ROOM];
    size_t otlp_len = requests(i, otlp), len = 0;
    tracezip_config *config = settings_with(w->dictionary);
    OK(tracezip_config_set_level(config, i % 2 == 0 ? 3 : 9));
    OK(tracezip_compress_with(config, otlp, otlp_len, w->frames[i], ROOM, &w->frame_lens[i]));
    OK(tracezip_decompress_with(config, w->frames[i], w->frame_lens[i], back, ROOM, &len));
    CHECK(len == otlp_len && memcmp(back, otlp, len) == 0);
    tracezip_config_free(config);
  }
  return NULL;
}

static void threads_share_it(void) {
  static worker workers[THREADS];
  pthread_t threads[THREADS];
  tracezip_dictionary *dictionary = trained();
  int i;
  for (i = 0; i < THREADS; i++) workers[i].dictionary = dictionary;
  for (i = 0; i < THREADS; i++) CHECK(pthread_create(&threads[i], NULL, work, &workers[i]) == 0);
  for (i = 0; i < THREADS; i++) CHECK(pthread_join(threads[i], NULL) == 0);
  CHECK(memcmp(workers[0].frame_lens, workers[1].frame_lens, sizeof workers[0].frame_lens) == 0);
  CHECK(memcmp(workers[0].frames, workers[1].frames, sizeof workers[0].frames) == 0);
  tracezip_dictionary_free(dictionary);
}

int main(void) {
  frames_stand_alone_for_those_who_hold_it();
  bytes();
  misuse();
  threads_share_it();
  return 0;
}
