// Runs one competitor in a process of its own, and measures it: the twin of worker.py.
//
//     node bench/worker.js train|answer MODULE JOB.json
"use strict";

const fs = require("node:fs");
const path = require("node:path");

const WARM_UP = 20;

const now = () => Number(process.hrtime.bigint()) / 1e9; // the clock of Python's time.monotonic

async function main() {
  const [phase, module, file] = process.argv.slice(2);
  const job = JSON.parse(fs.readFileSync(file, "utf8"));
  const competitor = require(path.join(__dirname, module));
  let result;
  if (phase === "train") {
    await competitor.train(job.messages, job.folder);
    result = { seconds: now() - job.started };
  } else {
    const answer = await competitor.answer(job.folder);
    result = await measure(answer, job.messages, job.started);
  }
  result.peak_mb = peakMb();
  fs.writeFileSync(job.result, JSON.stringify(result));
}

async function measure(answer, messages, started) {
  // Each message is asked once: nlp.js remembers what it was asked before.
  const answers = [];
  const latencies = [];
  let seconds = 0;
  for (const message of messages) {
    const begun = now();
    answers.push(await answer(message));
    latencies.push(1000 * (now() - begun));
    seconds ||= now() - started;
  }
  return { seconds, answers, latencies_ms: latencies.slice(WARM_UP) };
}

function peakMb() {
  return Number(/^VmHWM:\s+(\d+)/m.exec(fs.readFileSync("/proc/self/status", "utf8"))[1]) / 1024;
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
