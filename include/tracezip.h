/*
 * Tracezip: lossless compression of OpenTelemetry traces (OTLP). C interface.
 *
 * Every fallible call returns a tracezip_result, 0 on success. Out-parameters come last and are
 * written on success only. Buffers belong to the caller. Handles are made by _new (a dictionary by
 * _train and _load) and freed by _free; one may move between threads but is used by one at a time,
 * except for dictionaries. No call keeps a pointer to a buffer after it returns. Calls without a
 * handle may be made from any thread.
 *
 * Besides the errors that are named with each call, one with a handle of another kind gives
 * TRACEZIP_WRONG_HANDLE, and a fault of the library TRACEZIP_INTERNAL.
 *
 * Made from ffi-c/src by the test `header`; do not edit.
 */

#ifndef TRACEZIP_H
#define TRACEZIP_H

#include <stddef.h>
#include <stdint.h>

/* Version of this header; that of the library is tracezip_version(). */
#define TRACEZIP_VERSION_MAJOR 0
#define TRACEZIP_VERSION_MINOR 1
#define TRACEZIP_VERSION_PATCH 0
#define TRACEZIP_VERSION_NUMBER 100
#define TRACEZIP_VERSION_STRING "0.1.0"

/**
 * Bytes of tracezip_error_detail.message.
 */
#define TRACEZIP_ERROR_MESSAGE_SIZE 232

/**
 * Compresses batch after batch. The first frame stands alone; each later one builds on those before
 * it and can only be read after them, in order. May move between threads, used by one at a time.
 */
typedef struct tracezip_compressor tracezip_compressor;

/**
 * Settings of compressors and decompressors, which copy them: it may be changed, or freed, at once.
 * May move between threads, and be read by many at a time; changed by one while nobody reads.
 */
typedef struct tracezip_config tracezip_config;

/**
 * Reads the frames of one compressor, in order, or frames that stand alone. May move between
 * threads, used by one at a time.
 */
typedef struct tracezip_decompressor tracezip_decompressor;

/**
 * What frames begin with that have no earlier frame to build on: made of batches that have been, for
 * batches to come. What helps most is a dictionary for small requests. A frame made with one stands
 * alone for everyone who holds it.
 *
 * It never changes: unlike the other handles it may be used by any number of threads at once. Settings
 * and decompressors that it was given to hold what they need: it may be freed at once.
 */
typedef struct tracezip_dictionary tracezip_dictionary;

/**
 * What a call returns: 0 on success, else one of the numbers below. They are pinned: a number never
 * changes its meaning, and newer versions may add some.
 */
typedef int32_t tracezip_result;

/**
 * Where in the flow an error was found. The numbers are pinned, and newer versions may add some.
 */
typedef int32_t tracezip_stage;

/**
 * How a call with a handle ended.
 *
 * Set `struct_size` to sizeof(tracezip_error_detail) before the call. Newer versions add fields at
 * the end only; the library fills those that both sides know and sets the rest to zero.
 */
typedef struct {
  /**
   * Set by the caller: sizeof(tracezip_error_detail).
   */
  size_t struct_size;
  /**
   * What the call returned.
   */
  tracezip_result result;
  /**
   * Where in the flow; its text is tracezip_stage_str().
   */
  tracezip_stage stage;
  /**
   * At which byte: of the frame in the header, of the decoded bytes in the body, of `dst` in the
   * output (where it ends); else 0.
   */
  uint64_t offset;
  /**
   * All of it in English, for a log: "the frame is cut short: ... (frame body, byte 12)". Ends
   * with a zero byte; the wording may change.
   */
  char message[TRACEZIP_ERROR_MESSAGE_SIZE];
} tracezip_error_detail;

/**
 * Counters of a compressor since it was made or since tracezip_compressor_reset_stats().
 *
 * Set `struct_size` to sizeof(tracezip_stats) before the call. Newer versions add fields at the end
 * only; the library fills those that both sides know and sets the rest to zero.
 */
typedef struct {
  /**
   * Set by the caller: sizeof(tracezip_stats).
   */
  size_t struct_size;
  /**
   * Bytes in.
   */
  uint64_t original_size;
  /**
   * Bytes out.
   */
  uint64_t compressed_size;
  /**
   * Spans in.
   */
  uint64_t span_count;
  /**
   * Spans whose attributes were all as predicted.
   */
  uint64_t deduped_spans;
  /**
   * Time spent, in microseconds.
   */
  uint64_t compression_time_us;
  /**
   * Bytes in per byte out; 1 when nothing was compressed.
   */
  double compression_ratio;
  /**
   * Share of the bytes that was saved, in per cent; negative when frames are longer than their input.
   */
  double compression_percentage;
  /**
   * Bytes out for trace ids, span ids and the relations between spans. This and the next three are 0
   * without tracezip_compressor_set_metering(), and all bytes are `structure_bytes`.
   */
  double ids_bytes;
  /**
   * Bytes out for start and end times of spans, and times of events.
   */
  double times_bytes;
  /**
   * Bytes out for text, new or seen before.
   */
  double strings_bytes;
  /**
   * Bytes out for numbers in attributes.
   */
  double numbers_bytes;
  /**
   * Bytes out for which fields there are, in which order, and what they repeat.
   */
  double structure_bytes;
  /**
   * Frames out.
   */
  uint64_t frames;
  /**
   * Frames out that are stored: a header and the input as it was.
   */
  uint64_t stored_frames;
  /**
   * 1 if the last frame is stored, else 0.
   */
  uint64_t last_frame_stored;
} tracezip_stats;

/**
 * Success.
 */
#define TRACEZIP_OK 0

/**
 * The input does not begin like a Tracezip frame.
 */
#define TRACEZIP_NOT_TRACEZIP 1

/**
 * The frame was made by a newer version of the format.
 */
#define TRACEZIP_UNSUPPORTED_VERSION 2

/**
 * The frame ends too early.
 */
#define TRACEZIP_TRUNCATED 3

/**
 * The frame contradicts itself.
 */
#define TRACEZIP_CORRUPT 4

/**
 * The decoded bytes are not those that were compressed.
 */
#define TRACEZIP_CHECKSUM 5

/**
 * A frame of a stream was lost, repeated or reordered, or does not stand alone where it must.
 */
#define TRACEZIP_OUT_OF_SEQUENCE 6

/**
 * The frame needs more than a limit allows.
 */
#define TRACEZIP_LIMIT_EXCEEDED 7

/**
 * `dst_cap` is too small; nothing was written.
 */
#define TRACEZIP_BUFFER_TOO_SMALL 8

/**
 * A setting, or a `struct_size`, is out of range.
 */
#define TRACEZIP_INVALID_CONFIG 9

/**
 * The input is not a trace request, where one is needed.
 */
#define TRACEZIP_NOT_OTLP 10

/**
 * The frame was made with a dictionary that its reader does not hold.
 */
#define TRACEZIP_UNKNOWN_DICTIONARY 11

/**
 * A pointer that must not be NULL is.
 */
#define TRACEZIP_NULL_POINTER 100

/**
 * A fault of the library, caught at its border. Please report it.
 */
#define TRACEZIP_INTERNAL 101

/**
 * The handle is of another kind. One that was freed may give this, or anything else.
 */
#define TRACEZIP_WRONG_HANDLE 102

/**
 * Nowhere: there was no error.
 */
#define TRACEZIP_STAGE_NONE 0

/**
 * Checking settings.
 */
#define TRACEZIP_STAGE_CONFIG 1

/**
 * Reading a frame's header.
 */
#define TRACEZIP_STAGE_HEADER 2

/**
 * Decoding a frame's body.
 */
#define TRACEZIP_STAGE_BODY 3

/**
 * Comparing what was decoded with the checksum.
 */
#define TRACEZIP_STAGE_CHECKSUM 4

/**
 * Following a stream.
 */
#define TRACEZIP_STAGE_STREAM 5

/**
 * Writing to the caller's buffer.
 */
#define TRACEZIP_STAGE_OUTPUT 6

/**
 * Reading an OTLP message.
 */
#define TRACEZIP_STAGE_OTLP 7

/**
 * Checking the arguments of a call, or the library itself.
 */
#define TRACEZIP_STAGE_CALL 100

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * A short English text for a result; also for numbers that are none. Static: do not free it.
 * Never NULL.
 */
const char *tracezip_result_str(tracezip_result result);

/**
 * A short English text for a stage; also for numbers that are none. Static: do not free it. Never
 * NULL.
 */
const char *tracezip_stage_str(tracezip_stage stage);

/**
 * Version of the library as text, such as "0.1.0". Static: do not free it.
 */
const char *tracezip_version(void);

/**
 * Version of the library as a number: major * 10000 + minor * 100 + patch. Compare it with
 * TRACEZIP_VERSION_NUMBER, the version of the header.
 */
uint32_t tracezip_version_number(void);

/**
 * Most bytes that a frame of `src_len` bytes of input can have.
 */
size_t tracezip_compress_bound(size_t src_len);

/**
 * Compresses `src`, best a serialized ExportTraceServiceRequest, into a frame that stands alone.
 *
 * `level` is 1 (fast) to 9 (small); 3 is a good choice. A `dst` of tracezip_compress_bound(src_len)
 * bytes is always enough. `src` and `dst` must not overlap. May be called from any thread.
 *
 * Errors: TRACEZIP_INVALID_CONFIG (level), TRACEZIP_BUFFER_TOO_SMALL, TRACEZIP_NULL_POINTER.
 */
tracezip_result tracezip_compress(const uint8_t *src,
                                  size_t src_len,
                                  int level,
                                  uint8_t *dst,
                                  size_t dst_cap,
                                  size_t *dst_len);

/**
 * tracezip_compress() with settings; NULL are the defaults. `enabled` and `min_batch_size` do not
 * matter here: it is always tried whether compression pays.
 *
 * Errors: as for tracezip_compress(); TRACEZIP_INVALID_CONFIG (any setting).
 */
tracezip_result tracezip_compress_with(const tracezip_config *config,
                                       const uint8_t *src,
                                       size_t src_len,
                                       uint8_t *dst,
                                       size_t dst_cap,
                                       size_t *dst_len);

/**
 * The length that the frame says its original has, in bytes, read from its first bytes only.
 *
 * The frame may lie: compare `len` with a limit of your own before you allocate.
 *
 * Errors: TRACEZIP_NOT_TRACEZIP, TRACEZIP_UNSUPPORTED_VERSION, TRACEZIP_TRUNCATED, TRACEZIP_CORRUPT,
 * TRACEZIP_NULL_POINTER.
 */
tracezip_result tracezip_decompressed_len(const uint8_t *src,
                                          size_t src_len,
                                          uint64_t *len);

/**
 * Gives back what was compressed into a frame that stands alone.
 *
 * A `dst` of tracezip_decompressed_len() bytes is enough, and `dst_cap` is the only limit on the
 * length. `src` and `dst` must not overlap. May be called from any thread.
 *
 * Errors: all of decoding (1 to 7; a frame of a stream is TRACEZIP_OUT_OF_SEQUENCE, one made with a
 * dictionary TRACEZIP_UNKNOWN_DICTIONARY), TRACEZIP_BUFFER_TOO_SMALL, TRACEZIP_NULL_POINTER.
 */
tracezip_result tracezip_decompress(const uint8_t *src,
                                    size_t src_len,
                                    uint8_t *dst,
                                    size_t dst_cap,
                                    size_t *dst_len);

/**
 * tracezip_decompress() within the limits of settings, max_decoded_bytes and max_state_bytes, and with
 * their dictionary; NULL are the defaults. With a dictionary a decompressor by handle is faster.
 *
 * Errors: as for tracezip_decompress(), and TRACEZIP_INVALID_CONFIG.
 */
tracezip_result tracezip_decompress_with(const tracezip_config *config,
                                         const uint8_t *src,
                                         size_t src_len,
                                         uint8_t *dst,
                                         size_t dst_cap,
                                         size_t *dst_len);

/**
 * Makes a dictionary of at most `max_bytes` bytes, 4,096 or more, from `count` batches of the kind that
 * are to be compressed, serialized trace requests: `samples[i]` has `sample_lens[i]` bytes. 64 KiB and
 * a few thousand spans of a day's traffic are a good start; a larger dictionary knows more and
 * takes more memory. It holds what the samples held: do not give it to those who must not see them. The caller
 * frees it with tracezip_dictionary_free(). May be called from any thread.
 *
 * Errors: TRACEZIP_NOT_OTLP if a sample is no trace request or no sample has a span,
 * TRACEZIP_INVALID_CONFIG (`max_bytes`), TRACEZIP_NULL_POINTER (`out`, or an array or a sample that is
 * not empty).
 */
tracezip_result tracezip_dictionary_train(const uint8_t *const *samples,
                                          const size_t *sample_lens,
                                          size_t count,
                                          size_t max_bytes,
                                          tracezip_dictionary **out);

/**
 * Takes a dictionary from its bytes, which tracezip_dictionary_bytes() gave. Any compressed frame that
 * stands alone, of a level from 2 to 8 and made without a dictionary, is one. The caller frees it with
 * tracezip_dictionary_free(). May be called from any thread.
 *
 * Errors: all of decoding (1 to 7; TRACEZIP_CORRUPT also for frames of other kinds),
 * TRACEZIP_NULL_POINTER.
 */
tracezip_result tracezip_dictionary_load(const uint8_t *src,
                                         size_t src_len,
                                         tracezip_dictionary **out);

/**
 * Frees a dictionary; NULL is allowed. Who was given it keeps it.
 */
void tracezip_dictionary_free(tracezip_dictionary *dictionary);

/**
 * What tells the dictionary from all others, the same in every language: the XXH3-64 of its bytes.
 *
 * Errors: TRACEZIP_NULL_POINTER.
 */
tracezip_result tracezip_dictionary_id(const tracezip_dictionary *dictionary, uint64_t *id);

/**
 * How many bytes tracezip_dictionary_bytes() gives.
 *
 * Errors: TRACEZIP_NULL_POINTER.
 */
tracezip_result tracezip_dictionary_len(const tracezip_dictionary *dictionary, size_t *len);

/**
 * The bytes of a dictionary, to be kept and sent to those who are to read: tracezip_dictionary_len()
 * of them, and no more than a trained one was allowed.
 *
 * Errors: TRACEZIP_BUFFER_TOO_SMALL, TRACEZIP_NULL_POINTER.
 */
tracezip_result tracezip_dictionary_bytes(const tracezip_dictionary *dictionary,
                                          uint8_t *dst,
                                          size_t dst_cap,
                                          size_t *dst_len);

/**
 * Which dictionary a frame was made with, read from its first bytes only: `needed` is 1 and `id_low`
 * the low half of its id, or both are 0 if the frame was made with none, or goes on with a stream. May
 * be called from any thread.
 *
 * Errors: TRACEZIP_NOT_TRACEZIP, TRACEZIP_UNSUPPORTED_VERSION, TRACEZIP_TRUNCATED, TRACEZIP_CORRUPT,
 * TRACEZIP_NULL_POINTER.
 */
tracezip_result tracezip_frame_dictionary(const uint8_t *src,
                                          size_t src_len,
                                          int *needed,
                                          uint32_t *id_low);

/**
 * Makes settings with the defaults. The caller frees them with tracezip_config_free().
 *
 * Errors: TRACEZIP_NULL_POINTER (`out`).
 */
tracezip_result tracezip_config_new(tracezip_config **out);

/**
 * Frees settings; NULL is allowed.
 */
void tracezip_config_free(tracezip_config *config);

/**
 * Whether to compress at all (0: no, every frame is stored). Default: 1.
 *
 * Errors of this and all setters: TRACEZIP_INVALID_CONFIG for a value out of range, which is
 * remembered, so that tracezip_compressor_new() and tracezip_decompressor_new() refuse the settings
 * too until it is mended; TRACEZIP_NULL_POINTER.
 */
tracezip_result tracezip_config_set_enabled(tracezip_config *config, int value);

/**
 * Fewest spans for which a batch without stream state is compressed; smaller ones are stored.
 * Default: 10.
 *
 * Errors: as of all setters.
 */
tracezip_result tracezip_config_set_min_batch_size(tracezip_config *config, size_t value);

/**
 * Most entries of the string table, from 16. Default: 10,000.
 *
 * Errors: as of all setters.
 */
tracezip_result tracezip_config_set_max_string_table_size(tracezip_config *config, size_t value);

/**
 * Whether times and numbers are coded as differences (0: no). Default: 1.
 *
 * Errors: as of all setters.
 */
tracezip_result tracezip_config_set_enable_delta_encoding(tracezip_config *config, int value);

/**
 * Whether spans are predicted from earlier spans of their kind (0: no). Default: 1.
 *
 * Errors: as of all setters.
 */
tracezip_result tracezip_config_set_enable_dedup(tracezip_config *config, int value);

/**
 * 1 (fast) to 9 (small). Default: 3.
 *
 * Errors: as of all setters.
 */
tracezip_result tracezip_config_set_level(tracezip_config *config, int value);

/**
 * Most bytes of state that a compressor keeps, or that frames may ask a decompressor to keep, from
 * 1 MiB to 1 GiB. Default: 8 MiB.
 *
 * Errors: as of all setters.
 */
tracezip_result tracezip_config_set_max_state_bytes(tracezip_config *config, size_t value);

/**
 * Whether ids are predicted from the generators that they are drawn from (0: no). Default: 1.
 *
 * Errors: as of all setters.
 */
tracezip_result tracezip_config_set_predict_ids(tracezip_config *config, int value);

/**
 * What frames begin with that build on nothing else, or NULL: nothing. Compressors make their frames
 * with it, decompressors read those that were made with it; others too. The settings hold what they
 * need: the dictionary may be freed at once. Default: none.
 *
 * Errors: TRACEZIP_NULL_POINTER (`config`).
 */
tracezip_result tracezip_config_set_dictionary(tracezip_config *config,
                                               const tracezip_dictionary *dictionary);

/**
 * Most bytes that one frame may decode to; for decompressors. Default: 64 MiB.
 *
 * Errors: as of all setters.
 */
tracezip_result tracezip_config_set_max_decoded_bytes(tracezip_config *config, size_t value);

/**
 * What is wrong with the settings as they are now, so that tracezip_compressor_new() refuses them:
 * `result` is TRACEZIP_OK, or TRACEZIP_INVALID_CONFIG and `message` names the setting. The caller
 * has set `struct_size` of `out`.
 *
 * Errors: TRACEZIP_INVALID_CONFIG (`struct_size`), TRACEZIP_NULL_POINTER.
 */
tracezip_result tracezip_config_last_error(const tracezip_config *config,
                                           tracezip_error_detail *out);

/**
 * Makes a compressor; NULL settings are the defaults. The caller frees it with tracezip_compressor_free().
 *
 * Errors: TRACEZIP_INVALID_CONFIG, TRACEZIP_NULL_POINTER (`out`).
 */
tracezip_result tracezip_compressor_new(const tracezip_config *config,
                                        tracezip_compressor **out);

/**
 * Frees a compressor; NULL is allowed.
 */
void tracezip_compressor_free(tracezip_compressor *compressor);

/**
 * Compresses one batch. The result is always a frame: what does not pay to compress is stored in
 * one, which the statistics tell.
 *
 * `dst` must have room for tracezip_compress_bound(src_len) bytes; if not, the call is refused with
 * TRACEZIP_BUFFER_TOO_SMALL before anything changes, and may be repeated with a larger one. `src`
 * and `dst` must not overlap.
 *
 * Errors: TRACEZIP_BUFFER_TOO_SMALL, TRACEZIP_NULL_POINTER. After TRACEZIP_INTERNAL the compressor
 * is as after tracezip_compressor_reset() and tracezip_compressor_reset_stats().
 */
tracezip_result tracezip_compressor_compress(tracezip_compressor *compressor,
                                             const uint8_t *src,
                                             size_t src_len,
                                             uint8_t *dst,
                                             size_t dst_cap,
                                             size_t *dst_len);

/**
 * The counters, into `out`, whose `struct_size` the caller has set. For what the bytes describe see
 * tracezip_compressor_set_metering().
 *
 * Errors: TRACEZIP_INVALID_CONFIG (`struct_size`), TRACEZIP_NULL_POINTER.
 */
tracezip_result tracezip_compressor_stats(const tracezip_compressor *compressor,
                                          tracezip_stats *out);

/**
 * Sets the counters to zero.
 *
 * Errors: TRACEZIP_NULL_POINTER.
 */
tracezip_result tracezip_compressor_reset_stats(tracezip_compressor *compressor);

/**
 * Whether the statistics tell what the bytes out describe (0: no, all of them count as
 * `structure_bytes`). It costs a few per cent of the time. Default: 0. Frames are the same.
 *
 * Errors: TRACEZIP_NULL_POINTER.
 */
tracezip_result tracezip_compressor_set_metering(tracezip_compressor *compressor, int value);

/**
 * Forgets all batches: the next frame stands alone. The counters stay.
 *
 * Errors: TRACEZIP_NULL_POINTER.
 */
tracezip_result tracezip_compressor_reset(tracezip_compressor *compressor);

/**
 * How the last call ended that could change this handle, into `out`, whose `struct_size` the caller
 * has set. A call that succeeds is TRACEZIP_OK with TRACEZIP_STAGE_NONE.
 *
 * Errors: TRACEZIP_INVALID_CONFIG (`struct_size`), TRACEZIP_NULL_POINTER.
 */
tracezip_result tracezip_compressor_last_error(const tracezip_compressor *compressor,
                                               tracezip_error_detail *out);

/**
 * Makes a decompressor; NULL settings are the defaults. Only max_state_bytes, max_decoded_bytes and
 * the dictionary matter. The caller frees it with tracezip_decompressor_free().
 *
 * Errors: TRACEZIP_INVALID_CONFIG, TRACEZIP_NULL_POINTER (`out`).
 */
tracezip_result tracezip_decompressor_new(const tracezip_config *config,
                                          tracezip_decompressor **out);

/**
 * Frees a decompressor; NULL is allowed.
 */
void tracezip_decompressor_free(tracezip_decompressor *decompressor);

/**
 * Lets a decompressor read frames that were made with this dictionary too; one that it holds already
 * changes nothing. It keeps what it needs: the dictionary may be freed at once. Whatever is read goes on.
 *
 * Errors: TRACEZIP_NULL_POINTER.
 */
tracezip_result tracezip_decompressor_add_dictionary(tracezip_decompressor *decompressor,
                                                     const tracezip_dictionary *dictionary);

/**
 * Gives back one batch. A `dst` of tracezip_decompressed_len() bytes is enough; if it is smaller,
 * the call is refused with TRACEZIP_BUFFER_TOO_SMALL before anything changes, and may be repeated
 * with a larger one. `src` and `dst` must not overlap. A trace request that was never compressed comes
 * back as it is.
 *
 * Errors: all of decoding (1 to 7 and 11), TRACEZIP_BUFFER_TOO_SMALL, TRACEZIP_NULL_POINTER. After an
 * error of decoding only a frame that stands alone is taken, such as a compressor makes after its reset;
 * others are TRACEZIP_OUT_OF_SEQUENCE.
 */
tracezip_result tracezip_decompressor_decompress(tracezip_decompressor *decompressor,
                                                 const uint8_t *src,
                                                 size_t src_len,
                                                 uint8_t *dst,
                                                 size_t dst_cap,
                                                 size_t *dst_len);

/**
 * Forgets all frames: the next one must stand alone.
 *
 * Errors: TRACEZIP_NULL_POINTER.
 */
tracezip_result tracezip_decompressor_reset(tracezip_decompressor *decompressor);

/**
 * How the last call ended that could change this handle, into `out`, whose `struct_size` the caller
 * has set. A call that succeeds is TRACEZIP_OK with TRACEZIP_STAGE_NONE.
 *
 * Errors: TRACEZIP_INVALID_CONFIG (`struct_size`), TRACEZIP_NULL_POINTER.
 */
tracezip_result tracezip_decompressor_last_error(const tracezip_decompressor *decompressor,
                                                 tracezip_error_detail *out);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* TRACEZIP_H */
