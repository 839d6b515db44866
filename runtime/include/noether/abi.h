// The C ABI between generated code and the runtime: what a compiled model tells about itself, and how it is called.
//
// A model object exports one constant, `noether_program`, and the functions it points at; the runtime links against
// that one symbol. Every field below is eight bytes wide (a pointer, an int64_t or a double), so that a generator lays
// out a struct as a list of ptr / i64 / double without padding; a list is always a count followed by a pointer, and the
// pointer may be null when the count is zero. Strings are UTF-8 and end in a zero byte. Offsets and sizes are in bytes;
// every block the runtime hands out is aligned to NN_ALIGN, and every tensor inside starts at a multiple of its element
// size (generators use NN_ALIGN there, too).
#ifndef NOETHER_ABI_H
#define NOETHER_ABI_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Changes whenever a struct below changes; the runtime refuses a program that was generated for another one.
#define NN_ABI_VERSION 11

/// Alignment in bytes of every block (persistent, settings, scratch, workspace, io).
#define NN_ALIGN 64

/// Element types. A bool takes one byte, 0 or 1.
enum nn_dtype_enum {
  NN_BOOL = 0,
  NN_U8 = 1,
  NN_I32 = 2,
  NN_I64 = 3,
  NN_F16 = 4,
  NN_BF16 = 5,
  NN_F32 = 6,
  NN_F64 = 7,
};
typedef int64_t nn_dtype;

/// A tensor's type: element type and logical shape. A scalar has rank 0.
typedef struct nn_type {
  nn_dtype dtype;
  int64_t rank;
  const int64_t *shape;
} nn_type;

//----------------------------------------------------------------------------------------------------------------------
// Calls
//----------------------------------------------------------------------------------------------------------------------

/// The runtime's own state (thread pool, ...), opaque to generated code.
typedef struct nn_runtime nn_runtime;

/// Everything one call of a function may touch. Generated code adds its offsets to these bases and allocates nothing.
typedef struct nn_call {
  void *persistent;    ///< parameters and states: `persistent_bytes`, lives as long as the process, starts as zeros
  void *settings;      ///< values of the settings: `settings_bytes`
  void *scratch;       ///< the variant's `scratch_bytes`; contents undefined on entry
  void *io;            ///< arguments and results of this call: `io_bytes`
  nn_runtime *runtime; ///< passed on to nnrt_launch
  void *loaded;        ///< tensors that were loaded: `loaded_bytes`
} nn_call;

/// A function's entry. Reads arguments from and writes results to `call->io`, updates `call->persistent` in place.
typedef void (*nn_entry)(nn_call *call);

/// A kernel: does the frame positions [begin, end). `workspace` is the calling thread's own, `workspace_bytes` of the
/// variant long, with undefined contents; the pointer in front of it is the thread's clock (nn_clock), null unless
/// somebody measures.
typedef void (*nn_kernel)(void *const *buffers, int64_t begin, int64_t end, void *workspace);

/// A buffer of a launch, told to people when something goes wrong.
typedef struct nn_operand {
  const char *name;  ///< of the value in the program, or ""
  const char *place; ///< "net.nn:7: `log(p)`": what computes it
  nn_dtype dtype;
  int64_t count; ///< elements, as stored
  int64_t read, written;
} nn_operand;

/// What one equation of a kernel does in a whole launch.
typedef struct nn_work {
  const char *place; ///< as in nn_operand
  const char *name;  ///< of the value in the program that it computes, or ""
  double operations; ///< additions, multiplications, ..., one for each function of a number; of all its points
  double bytes_read; ///< of buffers, each counted once; what stays in the workspace does not count
  double bytes_written;
} nn_work;

/// A launch as it is written: one entry for each of its buffers, one for each equation of its kernel.
typedef struct nn_site {
  int64_t operand_count;
  const nn_operand *operands;
  int64_t work_count;
  const nn_work *works; ///< in the order in which they run
} nn_site;

/// Where a thread notes the cycles that a kernel takes, equation by equation, while somebody measures.
typedef struct nn_clock {
  int64_t start;   ///< the counter when the kernel began
  int64_t last;    ///< the counter when the latest equation of a stripe ended
  int64_t spent[]; ///< cycles of each equation of the kernel, added up over stripes
} nn_clock;

/// The entry in front of the first buffer is the launch's nn_site, or null.
///
/// Runs `kernel` over [0, extent), cut into one contiguous range a thread; every cut is a multiple of `grain` (> 0), so
/// a kernel that works in tiles of `grain` sees the same tiles for any number of threads. Returns when all is done.
/// Runs inline when extent <= grain, with one thread, or when `nanoseconds`, about how long it takes on one thread (0:
/// unknown), is too little to share; does nothing when extent <= 0. Not reentrant: kernels do not launch.
void nnrt_launch(nn_call *call, nn_kernel kernel, void *const *buffers, int64_t extent, int64_t grain,
                 int64_t nanoseconds);

/// Instruction sets a function may have been compiled for; the runtime takes the best one the processor has.
enum nn_isa_enum {
  NN_ISA_BASELINE = 0,    ///< x86-64 (SSE2): every processor has it
  NN_ISA_AVX2 = 1,        ///< x86-64-v3 (AVX2, FMA, F16C, BMI2)
  NN_ISA_AVX512 = 2,      ///< x86-64-v4 (AVX-512 F, BW, CD, DQ, VL)
  NN_ISA_AVX512_BF16 = 3, ///< that with AVX512_BF16
  NN_ISA_NEON = 16,       ///< AArch64
};

/// One compilation of a function for one instruction set.
typedef struct nn_variant {
  int64_t isa; ///< nn_isa_enum
  nn_entry entry;
  int64_t scratch_bytes;   ///< shared by the threads
  int64_t workspace_bytes; ///< for each thread
} nn_variant;

//----------------------------------------------------------------------------------------------------------------------
// GPUs
//----------------------------------------------------------------------------------------------------------------------

/// The blocks on a device that a launch's operands lie in.
enum nn_gpu_space_enum {
  NN_GPU_PERSISTENT = 0,
  NN_GPU_SETTINGS = 1,
  NN_GPU_SCRATCH = 2, ///< `scratch_bytes` of the function
  NN_GPU_IO = 3,
  NN_GPU_LOADED = 4,
  NN_GPU_CONSTANTS = 5, ///< what nn_gpu_program holds
  NN_GPU_ZEROS = 6,     ///< `zero_bytes` of nn_gpu_program; only read
  NN_GPU_WORKSPACE = 7, ///< `workspace_bytes` of the function; contents undefined when a kernel of the program begins
  NN_GPU_ARGUMENT = 8,  ///< in the body of a loop, where its argument 0 lies; 9: argument 1; and so on
};

typedef struct nn_gpu_operand {
  int64_t space; ///< nn_gpu_space_enum
  int64_t offset;
} nn_gpu_operand;

/// What a function does next.
enum nn_gpu_step_enum {
  NN_GPU_GRID = 0, ///< nn_gpu_launch
  NN_GPU_HOST = 1, ///< nn_gpu_host
  NN_GPU_LOOP = 2, ///< nn_gpu_loop
};

typedef struct nn_gpu_step {
  int64_t kind;     ///< nn_gpu_step_enum
  const void *what; ///< a struct of that kind
} nn_gpu_step;

/// One grid of threads. Its parameters are the addresses of its operands, in order.
typedef struct nn_gpu_launch {
  int64_t kernel;  ///< position in the list of nn_gpu_program
  int64_t blocks;  ///< of the grid, along x
  int64_t threads; ///< of a block, along x
  int64_t operand_count;
  const nn_gpu_operand *operands;
} nn_gpu_launch;

/// A buffer of a kernel that the processor runs for the device.
typedef struct nn_gpu_buffer {
  nn_gpu_operand place;
  int64_t bytes;
  int64_t read;    ///< 1: it is brought to the host before
  int64_t written; ///< 1: it is sent to the device afterwards
} nn_gpu_buffer;

/// A kernel that GPUs have no code for, such as a routine of linear algebra: the processor runs it, at the same places
/// of the host's blocks, over [0, extent).
typedef struct nn_gpu_host {
  const nn_kernel *kernels; ///< one for each variant of the function, in their order
  int64_t extent, grain;
  int64_t buffer_count;
  const nn_gpu_buffer *buffers;
} nn_gpu_host;

/// Where an argument of a loop's body lies in turn t: in turn 0 at `first`, then at `later[t % 2]` and t * `stride`
/// bytes behind it.
typedef struct nn_gpu_argument {
  nn_gpu_operand first;
  nn_gpu_operand later[2];
  int64_t stride;
} nn_gpu_argument;

/// A state of a loop that `flag` may end early: where it belongs in the end.
typedef struct nn_gpu_kept {
  int64_t argument; ///< the one that the last turn left it in
  nn_gpu_operand result;
  int64_t bytes;
} nn_gpu_kept;

/// Turns 0 to `length` - 1 of a body, in order. An i32 at `turn` counts them. If there is a `flag`, a byte, the turn
/// that sets it is the last one; the host asks after each turn.
typedef struct nn_gpu_loop {
  int64_t length;
  nn_gpu_operand turn;
  int64_t argument_count;
  const nn_gpu_argument *arguments;
  const nn_gpu_operand *flag; ///< or null
  int64_t kept_count;
  const nn_gpu_kept *kept;
  int64_t step_count;
  const nn_gpu_step *steps;
} nn_gpu_loop;

/// A function as it runs on a GPU: steps one after the other, each of which sees what those before it wrote.
typedef struct nn_gpu_function {
  int64_t scratch_bytes;
  int64_t workspace_bytes;
  int64_t step_count;
  const nn_gpu_step *steps;
} nn_gpu_function;

/// The kernels, compressed by zlib: as text of PTX, which the driver compiles for its GPU; or as the binary that ptxas
/// made for one kind of GPUs. Text ends in a zero byte.
///
/// Special code, text or binary, is for GPUs of exactly its capability and uses what those have alone (sm_90a). It
/// holds some kernels, each of which takes the place of the one whose name it has before `$sm_90a`, and is launched
/// alike but for what nn_gpu_kernel says of special ones. The first one that the driver takes counts; where it takes
/// none, nothing is replaced.
typedef struct nn_gpu_code {
  int64_t capability; ///< 90: for sm_90, and 9.x behind it; 0: text, for all
  int64_t special;    ///< 1: special code
  int64_t length;     ///< in bytes, as the driver takes it
  int64_t byte_count; ///< compressed
  const void *bytes;
} nn_gpu_code;

/// An axis of a tensor in the device's memory, and of the boxes that are copied of it to shared memory.
typedef struct nn_gpu_axis {
  int64_t size;   ///< in words of 4 bytes along the first axis, and so on
  int64_t stride; ///< in bytes
  int64_t points; ///< of a box
  int64_t step;   ///< from one of them to the next
} nn_gpu_axis;

/// An operand of a launch as a tensor of words of 4 bytes. Boxes of it come to shared memory with their groups of 16
/// bytes permuted within 64 bytes ("64-byte swizzle"), and with 0 where they lie outside.
typedef struct nn_gpu_tensor {
  int64_t operand;
  int64_t axis_count;      ///< at most 5
  const nn_gpu_axis *axes; ///< the one along which words are neighbours first
} nn_gpu_tensor;

/// An entry of the code.
typedef struct nn_gpu_kernel {
  const char *name;
  int64_t shared_bytes; ///< of shared memory that a block is given when it is launched, besides what the code names
  int64_t special_shared_bytes; ///< the same of the special kernel
  int64_t tensor_count;
  const nn_gpu_tensor *tensors; ///< whose maps (CUtensorMap) the special kernel takes behind its operands
} nn_gpu_kernel;

/// What all functions of a program need on a GPU.
typedef struct nn_gpu_program {
  int64_t code_count;
  const nn_gpu_code *codes; ///< the first one is text
  int64_t kernel_count;
  const nn_gpu_kernel *kernels;
  int64_t constant_bytes;
  const void *constants;
  int64_t zero_bytes;
} nn_gpu_program;

/// What an argument or a result in the io block is.
enum nn_bind_enum {
  NN_BIND_FIELD = 0,       ///< argument: rows of a data field, [B, ...] (or [...] when the function's batch is 0)
  NN_BIND_KEY = 1,         ///< argument: i32[B, 4] or i32[4]: seed low, seed high, step, index in the data set
  NN_BIND_BATCH_SIZE = 2,  ///< argument: i32, the number of valid rows; rows behind it hold finite old data or zeros
  NN_BIND_STEP = 3,        ///< argument: i32, counts from 1 in training; 0 in init, eval and commands
  NN_BIND_TOTAL_STEPS = 4, ///< argument: i32, the steps of the whole training (at least 1)
  NN_BIND_ARGUMENT = 5,    ///< argument: the command argument of this name
  NN_BIND_METRIC = 6,      ///< result: f32 or f64 scalar, the mean over the valid rows
  NN_BIND_OUTPUT = 7,      ///< result: a value of a command
  NN_BIND_LENGTH = 8, ///< argument: i32[B] or i32: a length of each example; rows behind the valid ones have the least
  NN_BIND_EXTENT = 9, ///< result: i32: how long axis k of result r of a command is; its name is "r#k"
};

/// One argument or result. The step in a key is the one of NN_BIND_STEP; without data its example index is 0.
typedef struct nn_binding {
  int64_t kind;     ///< nn_bind_enum
  const char *name; ///< of the field, the command argument, the length, the metric or the output; null otherwise
  int64_t data;     ///< fields, keys and lengths: position in the recipe's list of data sets; 0 otherwise
  nn_type type;     ///< as it lies in the io block (with the batch axis), row-major
  int64_t offset;   ///< in the io block
} nn_binding;

/// A function that the runtime calls. Persistent tensors and settings are known to it by offset and not listed.
typedef struct nn_function {
  const char *name;
  int64_t batch; ///< B, the most rows of one call; 0 for a function without a batch axis
  int64_t io_bytes;
  int64_t argument_count;
  const nn_binding *arguments;
  int64_t result_count;
  const nn_binding *results;
  int64_t variant_count; ///< at least 1, in order of nn_isa_enum
  const nn_variant *variants;
  int64_t reads_model; ///< 1 if parameters or states take part
  int64_t load_count;
  const int64_t *loads;       ///< positions in the program's list of what is loaded
  const nn_gpu_function *gpu; ///< null: it was not compiled for GPUs
} nn_function;

//----------------------------------------------------------------------------------------------------------------------
// Tensors that live across calls
//----------------------------------------------------------------------------------------------------------------------

enum nn_role_enum {
  NN_WEIGHT = 0,          ///< a parameter that regularizers see
  NN_BIAS = 1,            ///< a parameter initialized by zeros or ones
  NN_MODEL_STATE = 2,     ///< `state` of a model
  NN_OPTIMIZER_STATE = 3, ///< `state` of an optimizer
};

/// One digit of a stored layout. The element with logical index i lies at element
/// sum over digits of ((i[axis] / divisor) % modulus) * stride, where modulus 0 means no modulus. Permutations, blocks
/// and padding are lists of digits.
typedef struct nn_digit {
  int64_t axis, divisor, modulus, stride;
} nn_digit;

/// A parameter or a state in the persistent block.
typedef struct nn_tensor {
  const char *path;    ///< "Classifier.dense_1.W": its name in checkpoints
  int64_t role;        ///< nn_role_enum
  nn_type type;        ///< logical; checkpoints hold this shape in row-major order
  int64_t offset;      ///< in the persistent block
  int64_t bytes;       ///< that it spans there, padding included
  int64_t digit_count; ///< 0: stored row-major, as it is
  const nn_digit *digits;
  int64_t of_experiment; ///< 1: belongs to a point of an experiment, and to no checkpoint
} nn_tensor;

/// A top-level scalar that `--set NAME=VALUE` changes without a rebuild.
typedef struct nn_setting {
  const char *name;
  nn_dtype dtype;
  int64_t offset; ///< in the settings block
  double value;   ///< default; integers and bools are converted
} nn_setting;

//----------------------------------------------------------------------------------------------------------------------
// Data
//----------------------------------------------------------------------------------------------------------------------

/// An axis of a field or of an argument.
typedef struct nn_axis {
  const char *length; ///< the name of the length that it runs to (the type has its bound); null: all of it
  int64_t least;      ///< the shortest length that the program takes
} nn_axis;

/// A field of an example, as the program was compiled for it.
typedef struct nn_field {
  const char *name;
  nn_type type;    ///< of one example
  int64_t classes; ///< n of index(n), or 0
  int64_t name_count;
  const char *const *names; ///< of the classes
  int64_t axis_count;
  const nn_axis *axes; ///< one an axis, or none where none runs to a length
  const char *below;   ///< the length that all values lie below, or null
} nn_field;

/// An option of a reader or of a data transform, as text: `names: "classes.txt"`.
typedef struct nn_option {
  const char *key;
  const char *value;
} nn_option;

/// A reader ("idx") or a transform of data ("split"): its name, the path it was given (or null) and its options.
typedef struct nn_stage {
  const char *name;
  const char *path;
  int64_t option_count;
  const nn_option *options;
} nn_stage;

typedef struct nn_dataset {
  const char *name;
  int64_t stage_count; ///< at least 1: the reader, then transforms in order
  const nn_stage *stages;
  int64_t field_count;
  const nn_field *fields;
  const nn_function *generator; ///< computes the examples: field "k", their positions, to outputs; null for files
} nn_dataset;

//----------------------------------------------------------------------------------------------------------------------
// Recipes and commands
//----------------------------------------------------------------------------------------------------------------------

/// A data set of a recipe: `train U on (a: inside, b: start)` has the aliases "a" and "b"; a single one has "".
typedef struct nn_recipe_data {
  const char *alias;
  const nn_dataset *dataset;
} nn_recipe_data;

/// A number that evaluation gives on a split ("train": the mean while training), and how it gets better.
typedef struct nn_watch {
  const char *split;
  const char *metric;
  int64_t larger; ///< 1: more is better; 0: less is
} nn_watch;

/// How a model is trained. Exactly one of `epochs` and `steps` is positive.
typedef struct nn_recipe {
  const char *name; ///< "train"
  int64_t data_count;
  const nn_recipe_data *data;
  const nn_function *step; ///< metrics: what is minimized, "loss" first
  const nn_function *eval; ///< metrics: the reports (and the loss); null when there is nothing to evaluate
  int64_t epochs;
  int64_t steps;
  int64_t batch;         ///< rows of a step; 0: the whole split
  const char *objective; ///< source text, for `info`
  const char *optimizer; ///< source text, for `info`
  int64_t report_steps;  ///< steps between two reports; 0: once an epoch
  const nn_watch *keep;  ///< the weights with its best value are kept; null: the last ones are
  const nn_watch *stop;  ///< training ends when it has not become better for `patience` epochs; null: it does not
  int64_t patience;
  const nn_function *trace; ///< every named value for a batch of one: outputs; null: compiled without
} nn_recipe;

enum nn_unit_enum {
  NN_UNIT_CHARACTERS = 0, ///< of UTF-8
  NN_UNIT_BYTES = 1,
  NN_UNIT_WORDS = 2,
};

/// What a text is cut into, and how each token is spelled.
typedef struct nn_vocabulary {
  int64_t unit; ///< nn_unit_enum
  int64_t token_count;
  const char *const *tokens;
} nn_vocabulary;

/// An argument of a command. Its text becomes a tensor by its type: a scalar is a number, an image shape ([h, w] or
/// [c, h, w] of floats) takes a PNG, any shape takes an .npy file or numbers separated by commas. An `int` is no
/// tensor: it is a length, has a value that the command was compiled for, or is a setting. What is compiled for several
/// values is as many commands of one name.
typedef struct nn_argument {
  const char *name;
  const char *doc;          ///< or null
  nn_type type;             ///< of one example
  int64_t classes;          ///< n of index(n), or 0
  const char *default_text; ///< read like what the user writes; null: the argument is required
  const char *fixed_text;   ///< the only value that it can have; null: any
  const char *setting;      ///< the setting that it is; null: none
  int64_t axis_count;       ///< as in nn_field
  const nn_axis *axes;
  const char *below;
  const char *length;              ///< the length that an `int` is, which decides shapes; null: none
  int64_t least, most;             ///< of this
  const nn_vocabulary *vocabulary; ///< it is given as text, of these tokens; null: as numbers
} nn_argument;

enum nn_output_enum {
  NN_OUTPUT_TENSOR = 0,  ///< numbers
  NN_OUTPUT_RANKING = 1, ///< indices with their values, best first: `Ankle boot 0.97, Sneaker 0.02`
  NN_OUTPUT_CLASS = 2,   ///< one index, printed by its name
  NN_OUTPUT_TEXT = 3,    ///< tokens, printed as the text that they are
};

/// One printed value of a command; positions refer to its function's results.
typedef struct nn_output {
  const char *name; ///< or null for the only one
  int64_t kind;     ///< nn_output_enum
  int64_t values;   ///< position of the values (tensor, ranking) or of the index (class)
  int64_t indices;  ///< position of the i32 indices of a ranking; -1 otherwise
  int64_t name_count;
  const char *const *names;        ///< of the classes that indices mean
  const nn_vocabulary *vocabulary; ///< of a text
} nn_output;

typedef struct nn_command {
  const char *name;
  const char *doc; ///< one sentence, or null
  const nn_function *function;
  int64_t argument_count;
  const nn_argument *arguments;
  int64_t output_count;
  const nn_output *outputs;
} nn_command;

//----------------------------------------------------------------------------------------------------------------------
// Reports and experiments
//----------------------------------------------------------------------------------------------------------------------

/// A tensor that has to be read before a function that uses it runs: a field of a whole split, or a curve of a
/// training.
typedef struct nn_loaded {
  const char *path;          ///< "digits.test.image"
  const nn_dataset *dataset; ///< of a field; null for a curve
  const char *recipe;        ///< of a curve: the recipe whose training leaves it; null for a field
  const char *split;
  const char *name; ///< of the field, or of the number that is reported
  nn_type type;
  int64_t offset; ///< in the loaded block
} nn_loaded;

enum nn_form_enum {
  NN_FORM_DEFAULT = 0, ///< what suits the shape
  NN_FORM_IMAGE = 1,
  NN_FORM_CURVE = 2,
  NN_FORM_HISTOGRAM = 3,
  NN_FORM_BOUNDARY = 4,
};

/// The plane that a decision boundary was computed over, and the examples that are drawn on it. A tensor of the plane
/// has its rows from the top, [h, w].
typedef struct nn_plane {
  double left, right, bottom, top;
  const char *x_name, *y_name; ///< labels of the axes
  const nn_dataset *dataset;   ///< or null
  const char *x_field;         ///< a scalar; or a vector of two, which is both
  const char *y_field;         ///< or null
  const char *label;           ///< the field of the classes, or null
} nn_plane;

/// A value that is computed, shown, saved and plotted.
typedef struct nn_report {
  const char *name;
  const char *text; ///< source text
  const nn_function *function;
  int64_t output_count;
  const nn_output *outputs;
  const int64_t *curves; ///< for each output the position in `loaded` of the curve that it is, or -1
  int64_t form;          ///< nn_form_enum
  const nn_plane *plane; ///< of a boundary over the inputs of a model; else null
} nn_report;

typedef struct nn_sweep {
  const char *name;
  int64_t value_count;
  const char *const *values; ///< as texts
} nn_sweep;

/// One choice of the swept values, and what the experiment declares for it.
typedef struct nn_point {
  const int64_t *values; ///< positions, one a sweep
  int64_t recipe_count;
  const nn_recipe *recipes;
  int64_t report_count;
  const nn_report *reports; ///< the same names at every point
} nn_point;

typedef struct nn_plot {
  int64_t curve_count;
  const char *const *curves; ///< names of reports
  int64_t against_count;
  const char *const *against; ///< names of sweeps, "epoch" or "step"
} nn_plot;

typedef struct nn_experiment {
  const char *name;
  const char *doc; ///< or null
  int64_t sweep_count;
  const nn_sweep *sweeps;
  int64_t point_count;
  const nn_point *points;
  int64_t plot_count;
  const nn_plot *plots;
} nn_experiment;

//----------------------------------------------------------------------------------------------------------------------
// Claims of symmetry
//----------------------------------------------------------------------------------------------------------------------

/// How a generator moves the cells of a space: as a permutation, or else by a matrix.
typedef struct nn_move {
  const int64_t *image; ///< cell c goes to image[c]; null: by the matrix
  const int64_t *signs; ///< of a permutation, what cell c is multiplied by, 1 or -1; null: 1
  const double *matrix; ///< cells x cells, row-major; of a direction X, whose elements are exp(t X)
  const double *offset; ///< what is added to each cell; of a direction their velocity; null: nothing
} nn_move;

/// Axes of an argument or a result that an element moves together, row-major as one axis of `cells`.
typedef struct nn_space {
  const char *name;  ///< of the argument or the result
  int64_t is_result; ///< 1: of a result
  int64_t is_values; ///< 1: no axes move, but the values, which are numbers of cells
  int64_t axis_count;
  const int64_t *axes;
  int64_t cells;
  int64_t move_count; ///< one a generator
  const nn_move *moves;
} nn_space;

typedef struct nn_generator {
  const char *name;     ///< "the rotation in the plane (0, 1)"
  int64_t is_direction; ///< 1: it is a direction X, whose elements are exp(amount X)
  double unit;          ///< the amount of the simplest element: 1, of rotations a quarter turn
} nn_generator;

/// A product of powers of generators, and of exp(amount X) of directions; the first step acts first.
typedef struct nn_element {
  const char *name; ///< "the quarter turn"
  int64_t step_count;
  const int64_t *generators;
  int64_t amount_count; ///< as many as steps
  const double *amounts;
} nn_element;

/// An argument of a claim's function.
typedef struct nn_claim_input {
  const char *name;
  int64_t below; ///< its values are indices below this; 0: floats
} nn_claim_input;

/// One group under which a function is claimed to be invariant or equivariant.
typedef struct nn_claim {
  const char *text;            ///< "equivariant Net under S(n)"
  double within;               ///< the relative error that is accepted; negative: none
  const nn_function *function; ///< as it is used: arguments to outputs
  const nn_function *wide;     ///< the same, computed in double precision; it may have one more output, "nn.ties"
  int64_t input_count;
  const nn_claim_input *inputs;
  int64_t generator_count;
  const nn_generator *generators;
  int64_t space_count;
  const nn_space *spaces;
  int64_t element_count;
  const nn_element *elements; ///< to be tested, the simplest first
} nn_claim;

//----------------------------------------------------------------------------------------------------------------------
// The program
//----------------------------------------------------------------------------------------------------------------------

typedef struct nn_program {
  int64_t abi_version;          ///< NN_ABI_VERSION
  const char *name;             ///< the file's stem: "digits"; checkpoints are NAME.safetensors
  const char *doc;              ///< one sentence, or null
  const char *source_directory; ///< folder of the .nn file, where data is looked for first
  const char *compiler;         ///< "nnc 0.1.0 (4a0499f, LLVM 22.1.8)"
  int64_t persistent_bytes;
  int64_t settings_bytes;
  int64_t tensor_count;
  const nn_tensor *tensors;
  int64_t setting_count;
  const nn_setting *settings;
  int64_t dataset_count;
  const nn_dataset *datasets;
  const nn_function *init; ///< takes a key; writes every parameter and state
  int64_t recipe_count;
  const nn_recipe *recipes;
  int64_t command_count;
  const nn_command *commands;
  int64_t weights_bytes; ///< of a safetensors file inside the executable; 0 without
  const void *weights;
  int64_t loaded_bytes;
  int64_t loaded_count;
  const nn_loaded *loaded;
  int64_t report_count;
  const nn_report *reports;
  int64_t experiment_count;
  const nn_experiment *experiments;
  int64_t claim_count;
  const nn_claim *claims;
  const nn_gpu_program *gpu; ///< null: nothing was compiled for GPUs
} nn_program;

/// The one symbol that a model object defines for the runtime.
extern const nn_program noether_program; // NOLINT(bugprone-dynamic-static-initializers)

#ifdef __cplusplus
}
#endif

#endif
