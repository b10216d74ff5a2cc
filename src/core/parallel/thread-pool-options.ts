export interface ThreadPoolOptions {
  /** Number of worker threads, 1 to 256; default the number of cores. */
  readonly threads?: number;
}
