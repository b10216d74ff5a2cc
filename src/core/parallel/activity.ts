/**
 * Native libraries with threads of their own (BLAS, ONNX Runtime) must not use them while a pool keeps all
 * cores busy, and a thread count is often one setting for the whole process. They listen here on the main
 * thread, and leave the setting alone inside a worker.
 */
type Listener = (active: boolean) => void;

const listeners = new Set<Listener>();
let openPools = 0;
let worker = false;

/** Calls `listener` with true when the first pool with workers opens and with false when the last closes. */
export function onPoolActivity(listener: Listener): void {
  listeners.add(listener);
  if (openPools > 0) listener(true);
}

/** Whether this code runs on a worker of a pool. */
export function isPoolWorker(): boolean {
  return worker;
}

/** Called by a worker's entry module. */
export function enterPoolWorker(): void {
  worker = true;
}

/** Called by an executor before its workers start; the returned function is called once, after they ended. */
export function poolOpened(): () => void {
  openPools++;
  if (openPools === 1) for (const listener of listeners) listener(true);
  return () => {
    openPools--;
    if (openPools === 0) for (const listener of listeners) listener(false);
  };
}
