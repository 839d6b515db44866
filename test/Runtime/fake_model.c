// A model object written by hand, as nnc would generate it: a linear classifier of 4 x 4 images into 3 classes, trained
// by gradient descent with momentum. W is stored transposed and the momentum is an optimizer state, so that checkpoints
// meet every kind of tensor; each example's gradient depends a little on its key, so that keys matter.
#include "noether/abi.h"

#include <math.h>
#include <string.h>

enum { BATCH = 8, PIXELS = 16, CLASSES = 3 };

// Persistent block: W stored as [pixel][class] at 0, b at 256, momentum of W in the same layout at 320.
enum { W_AT = 0, B_AT = 256, M_AT = 320, PERSISTENT = 576 };
// Io block of step and eval.
enum { IMAGE_AT = 0, LABEL_AT = 512, KEY_AT = 576, SIZE_AT = 704, STEP_AT = 708, LOSS_AT = 768, ACCURACY_AT = 772 };
// Scratch of step and eval: probabilities [B, classes].
enum { SCRATCH = BATCH * CLASSES * 4 };

static void forwardRow(const float *w, const float *b, const float *image, float *p) {
  float top = -INFINITY, total = 0;
  for (int c = 0; c < CLASSES; ++c) {
    p[c] = b[c];
    for (int k = 0; k < PIXELS; ++k)
      p[c] += w[k * CLASSES + c] * image[k];
    top = p[c] > top ? p[c] : top;
  }
  for (int c = 0; c < CLASSES; ++c)
    total += p[c] = expf(p[c] - top);
  for (int c = 0; c < CLASSES; ++c)
    p[c] /= total;
}

static void forwardKernel(void *const *buffers, int64_t begin, int64_t end, void *workspace) {
  float *row = workspace;
  for (int64_t i = begin; i < end; ++i) {
    forwardRow(buffers[0], buffers[1], (const float *)buffers[2] + i * PIXELS, row);
    memcpy((float *)buffers[3] + i * CLASSES, row, CLASSES * sizeof(float));
  }
}

struct Update {
  float *w, *b, *m;
  const float *images, *p;
  const int32_t *labels, *keys;
  int32_t size;
  float rate;
};

static float slope(const struct Update *u, int row, int c) {
  float trust = 1 + 1e-3f * (float)((u->keys[4 * row + 2] * 31 + u->keys[4 * row + 3] + u->keys[4 * row]) % 7);
  return trust * (u->p[row * CLASSES + c] - (u->labels[row] == c ? 1.0f : 0.0f)) / (float)u->size;
}

static void updateKernel(void *const *buffers, int64_t begin, int64_t end, void *workspace) {
  const struct Update *u = buffers[0];
  for (int64_t k = begin; k < end; ++k)
    for (int c = 0; c < CLASSES; ++c) {
      float g = 0;
      for (int row = 0; row < u->size; ++row)
        g += slope(u, row, c) * u->images[row * PIXELS + k];
      float *m = &u->m[k * CLASSES + c];
      *m = 0.9f * *m + g;
      u->w[k * CLASSES + c] -= u->rate * *m;
    }
}

static void forward(nn_call *call) {
  char *persistent = call->persistent, *io = call->io;
  void *buffers[] = {0, persistent + W_AT, persistent + B_AT, io + IMAGE_AT, call->scratch};
  nnrt_launch(call, forwardKernel, buffers + 1, BATCH, 2, 0);
  const float *p = call->scratch;
  const int32_t *labels = (const int32_t *)(io + LABEL_AT);
  int32_t size = *(int32_t *)(io + SIZE_AT);
  float loss = 0, right = 0;
  for (int row = 0; row < size; ++row) {
    const float *q = p + row * CLASSES;
    int best = q[1] > q[0] ? 1 : 0;
    best = q[2] > q[best] ? 2 : best;
    loss -= logf(q[labels[row]]);
    right += best == labels[row];
  }
  *(float *)(io + LOSS_AT) = loss / (float)size;
  *(float *)(io + ACCURACY_AT) = right / (float)size;
}

static void step(nn_call *call) {
  char *persistent = call->persistent, *io = call->io;
  forward(call);
  struct Update u = {(float *)(persistent + W_AT),
                     (float *)(persistent + B_AT),
                     (float *)(persistent + M_AT),
                     (const float *)(io + IMAGE_AT),
                     call->scratch,
                     (const int32_t *)(io + LABEL_AT),
                     (const int32_t *)(io + KEY_AT),
                     *(int32_t *)(io + SIZE_AT),
                     *(float *)call->settings};
  void *buffers[] = {0, &u};
  nnrt_launch(call, updateKernel, buffers + 1, PIXELS, 4, 0);
  for (int c = 0; c < CLASSES; ++c)
    for (int row = 0; row < u.size; ++row)
      u.b[c] -= u.rate * slope(&u, row, c);
}

static void init(nn_call *call) {
  char *persistent = call->persistent;
  const int32_t *key = call->io;
  float *w = (float *)(persistent + W_AT);
  memset(persistent, 0, PERSISTENT);
  for (int i = 0; i < PIXELS * CLASSES; ++i)
    w[i] = 0.01f * (float)((i * 37 + key[0] * 11) % 13 - 6);
}

// Command `predict`: image at 0, values f32[2] at 64, indices i32[2] at 128.
static void predict(nn_call *call) {
  char *persistent = call->persistent, *io = call->io;
  float p[CLASSES];
  forwardRow((float *)(persistent + W_AT), (float *)(persistent + B_AT), (float *)io, p);
  for (int rank = 0; rank < 2; ++rank) {
    int best = 0;
    for (int c = 1; c < CLASSES; ++c)
      best = p[c] > p[best] ? c : best;
    ((float *)(io + 64))[rank] = p[best];
    ((int32_t *)(io + 128))[rank] = best;
    p[best] = -1;
  }
}

// Command `scale`: x at 0, factor at 64, result at 128.
static void scale(nn_call *call) {
  float *io = call->io;
  for (int i = 0; i < 4; ++i)
    io[32 + i] = io[i] * io[16];
}

static const int64_t imageShape[] = {1, 4, 4}, batchImageShape[] = {BATCH, 1, 4, 4}, batchShape[] = {BATCH},
                     keyShape[] = {BATCH, 4}, oneKeyShape[] = {4}, wShape[] = {CLASSES, PIXELS}, bShape[] = {CLASSES},
                     pairShape[] = {2}, squareShape[] = {2, 2};
#define TYPE(dtype, rank, shape) {dtype, rank, shape}
#define COUNT(list) (sizeof(list) / sizeof(list[0]))

static const nn_digit transposed[] = {{0, 1, 0, 1}, {1, 1, 0, CLASSES}};
static const nn_tensor tensors[] = {
    {"Linear.W", NN_WEIGHT, TYPE(NN_F32, 2, wShape), W_AT, 192, 2, transposed},
    {"Linear.b", NN_BIAS, TYPE(NN_F32, 1, bShape), B_AT, 12, 0, 0},
    {"train.momentum.m.Linear.W", NN_OPTIMIZER_STATE, TYPE(NN_F32, 2, wShape), M_AT, 192, 2, transposed},
};
static const nn_setting settings[] = {{"lr", NN_F32, 0, 0.1}};
static const char *const names[] = {"top", "middle", "bottom"};
static const nn_field fields[] = {{"image", TYPE(NN_F32, 3, imageShape), 0, 0, 0},
                                  {"label", TYPE(NN_I32, 0, 0), CLASSES, CLASSES, names}};
static const nn_stage stages[] = {{"idx", "stripes", 0, 0}};
static const nn_dataset datasets[] = {{"stripes", 1, stages, 2, fields, 0}};

static const nn_binding arguments[] = {
    {NN_BIND_FIELD, "image", 0, TYPE(NN_F32, 4, batchImageShape), IMAGE_AT},
    {NN_BIND_FIELD, "label", 0, TYPE(NN_I32, 1, batchShape), LABEL_AT},
    {NN_BIND_KEY, 0, 0, TYPE(NN_I32, 2, keyShape), KEY_AT},
    {NN_BIND_BATCH_SIZE, 0, 0, TYPE(NN_I32, 0, 0), SIZE_AT},
    {NN_BIND_STEP, 0, 0, TYPE(NN_I32, 0, 0), STEP_AT},
};
static const nn_binding metrics[] = {{NN_BIND_METRIC, "loss", 0, TYPE(NN_F32, 0, 0), LOSS_AT},
                                     {NN_BIND_METRIC, "accuracy", 0, TYPE(NN_F32, 0, 0), ACCURACY_AT}};
static const nn_variant stepVariants[] = {{NN_ISA_AVX2, step, SCRATCH, 64}};
static const nn_variant evalVariants[] = {{NN_ISA_AVX2, forward, SCRATCH, 64}};
static const nn_function stepFunction = {"train.step", BATCH, 832,         COUNT(arguments), arguments, 1,
                                         metrics,      1,     stepVariants};
static const nn_function evalFunction = {"train.eval", BATCH, 832, 4, arguments, 2, metrics, 1, evalVariants};

static const nn_binding initArguments[] = {{NN_BIND_KEY, 0, 0, TYPE(NN_I32, 1, oneKeyShape), 0}};
static const nn_variant initVariants[] = {{NN_ISA_AVX2, init, 0, 0}};
static const nn_function initFunction = {"init", 0, 64, 1, initArguments, 0, 0, 1, initVariants};

static const nn_recipe_data recipeData[] = {{"", &datasets[0]}};
static const nn_recipe recipes[] = {{"train", 1, recipeData, &stepFunction, &evalFunction, 3, 0, BATCH,
                                     "cross_entropy(Linear(image), label)", "momentum(lr)"}};

static const nn_binding predictArguments[] = {{NN_BIND_ARGUMENT, "image", 0, TYPE(NN_F32, 3, imageShape), 0}};
static const nn_binding predictResults[] = {{NN_BIND_OUTPUT, "0", 0, TYPE(NN_F32, 1, pairShape), 64},
                                            {NN_BIND_OUTPUT, "1", 0, TYPE(NN_I32, 1, pairShape), 128}};
static const nn_variant predictVariants[] = {{NN_ISA_AVX2, predict, 0, 0}};
static const nn_function predictFunction = {"predict",      0, 192, 1, predictArguments, 2, predictResults, 1,
                                            predictVariants, 1};
static const nn_argument predictInputs[] = {{"image", 0, TYPE(NN_F32, 3, imageShape), 0, 0, 0, 0}};
static const nn_output predictOutputs[] = {{0, NN_OUTPUT_RANKING, 0, 1, CLASSES, names}};

static const nn_binding scaleArguments[] = {{NN_BIND_ARGUMENT, "x", 0, TYPE(NN_F32, 2, squareShape), 0},
                                            {NN_BIND_ARGUMENT, "factor", 0, TYPE(NN_F32, 0, 0), 64}};
static const nn_binding scaleResults[] = {{NN_BIND_OUTPUT, "0", 0, TYPE(NN_F32, 2, squareShape), 128}};
static const nn_variant scaleVariants[] = {{NN_ISA_AVX2, scale, 0, 0}};
static const nn_function scaleFunction = {"scale", 0, 192, 2, scaleArguments, 1, scaleResults, 1, scaleVariants};
static const nn_argument scaleInputs[] = {{"x", "a square of numbers", TYPE(NN_F32, 2, squareShape), 0, 0, 0, 0},
                                          {"factor", 0, TYPE(NN_F32, 0, 0), 0, "2", 0, 0}};
static const nn_output scaleOutputs[] = {{0, NN_OUTPUT_TENSOR, 0, -1, 0, 0}};

static const nn_command commands[] = {
    {"predict", "name the stripe of an image", &predictFunction, 1, predictInputs, 1, predictOutputs},
    {"scale", 0, &scaleFunction, 2, scaleInputs, 1, scaleOutputs},
};

const nn_program noether_program = {NN_ABI_VERSION,
                                    "fake",
                                    "stripes in small images",
                                    "/nowhere",
                                    "by hand",
                                    PERSISTENT,
                                    4,
                                    COUNT(tensors),
                                    tensors,
                                    COUNT(settings),
                                    settings,
                                    COUNT(datasets),
                                    datasets,
                                    &initFunction,
                                    COUNT(recipes),
                                    recipes,
                                    COUNT(commands),
                                    commands,
                                    0,
                                    0};
