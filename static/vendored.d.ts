// The vendored libraries, typed by the declarations of the same releases in node_modules.

declare var DOMPurify: typeof import("dompurify").default;
declare var temml: {
  /** Raise an error if the source is not valid and `throwOnError` is set. */
  render(
    source: string,
    element: HTMLElement,
    options: { displayMode: boolean; throwOnError: boolean; maxSize: [number, number]; macros: Record<string, string> },
  ): void;
};

declare var mermaid: {
  initialize(configuration: Record<string, unknown>): void;
  /** Raise an error if the source is not valid. */
  render(id: string, source: string): Promise<{ svg: string }>;
};

declare var Diff: {
  /** Return undefined if it takes longer than `timeout`, in milliseconds. */
  diffWordsWithSpace(
    before: string,
    after: string,
    options: { timeout: number },
  ): { value: string; added: boolean; removed: boolean }[] | undefined;
};

declare module "*/vendor/marked-18.2.1/marked.esm.js" {
  export * from "marked";
}
declare module "*/vendor/highlight.js-11.12.0/core.min.js" {
  import highlighter from "highlight.js";
  export default highlighter;
}
declare module "*/vendor/uplot-1.6.32/uPlot.esm.js" {
  import uPlot from "uplot";
  export default uPlot;
}
declare module "*.min.js" {
  import type { LanguageFn } from "highlight.js";

  const language: LanguageFn;
  export default language;
}
declare module "*/vendor/pdfjs-6.5.438/pdf.min.mjs" {
  // Only what we use: the package's own declarations are a hundred files.
  export interface Page {
    getTextContent(): Promise<{ items: { str?: string; hasEOL?: boolean }[] }>;
    cleanup(): void;
  }
  export interface PdfDocument {
    numPages: number;
    getPage(number: number): Promise<Page>;
  }
  export const GlobalWorkerOptions: { workerSrc: string };
  export function getDocument(options: Record<string, unknown>): {
    promise: Promise<PdfDocument>;
    destroy(): Promise<void>;
  };
}
