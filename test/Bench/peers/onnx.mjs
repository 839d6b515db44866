// A net in ONNX Runtime: `node onnx.mjs MODULES MODEL INPUT.npy RUNS THREADS` prints times as JSON.
import { createRequire } from "node:module";
import fs from "node:fs";

const [modules, model, input, runs, threads] = process.argv.slice(2);
const require = createRequire(modules + "/");
const ort = require("onnxruntime-node");
const version = require("onnxruntime-node/package.json").version;

/** An array of numpy as a tensor of the shape that the model takes. */
function tensor(path, shape) {
  const bytes = fs.readFileSync(path);
  const start = 10 + bytes.readUInt16LE(8);
  const header = bytes.toString("latin1", 10, start);
  const data = bytes.buffer.slice(bytes.byteOffset + start, bytes.byteOffset + bytes.length);
  return header.includes("'<f4'") ? new ort.Tensor("float32", new Float32Array(data), shape)
                                  : new ort.Tensor("int64", BigInt64Array.from(new Int32Array(data), BigInt), shape);
}

const session = await ort.InferenceSession.create(model, {
  intraOpNumThreads: Number(threads), interOpNumThreads: 1, graphOptimizationLevel: "all",
});
const x = tensor(input, session.inputMetadata[0].shape);
const durations = [];
for (let run = 0; run < Number(runs); ++run) {
  const begun = process.hrtime.bigint();
  await session.run({ x });
  durations.push(Number(process.hrtime.bigint() - begun) * 1e-6);
}
const kept = durations.slice(durations.length > 1 ? Math.ceil(durations.length / 10) : 0).sort((a, b) => a - b);
const at = (quarter) => kept[Math.floor((kept.length - 1) * quarter / 4)];
console.log(JSON.stringify({ median: at(2), low: at(1), high: at(3), version: `ONNX Runtime ${version}` }));
