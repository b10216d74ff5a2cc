// Prints `N passed, N failed` from the JSON reports that vitest wrote to the files named on the command line,
// and fails when a test failed, a file could not be run, or a report is missing. Plain JavaScript: it runs on
// whatever Node the machine has.
import { readFileSync } from "node:fs";

let passed = 0;
let failed = 0;
let broken = process.argv.length < 3;
for (const path of process.argv.slice(2)) {
  try {
    const report = JSON.parse(readFileSync(path, "utf8"));
    passed += report.numPassedTests;
    failed += report.numFailedTests;
    // A file that cannot even be loaded has no tests to count.
    failed += report.testResults.filter(
      (file) => file.status === "failed" && file.assertionResults.every(({ status }) => status !== "failed"),
    ).length;
    broken ||= !report.success;
  } catch (error) {
    process.stderr.write(`no report of the test runner: ${error.message}\n`);
    broken = true;
  }
}
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = broken || failed > 0 ? 1 : 0;
