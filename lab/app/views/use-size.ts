import { useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useLayoutEffect } from "preact/hooks";

/** Width and height that the page gives an element, in CSS pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Size of an element now, and again whenever it changes: what is drawn for it has text of a size to read. */
export function useSize(host: RefObject<HTMLElement>): Size | undefined {
  const size = useSignal<Size | undefined>(undefined);
  useLayoutEffect(() => {
    const element = host.current!;
    const measure = (): void => {
      const { clientWidth: width, clientHeight: height } = element;
      if (width > 0 && (width !== size.peek()?.width || height !== size.peek()?.height))
        size.value = { width, height };
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [host, size]);
  return size.value;
}

/** Size of the text in figures, in CSS pixels. */
export function textSize(): number {
  return 0.74 * Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
}
