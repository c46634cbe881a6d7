declare module 'tesseract.js-core/tesseract-core-simd-lstm.js' {
  /** The engine's interface, as far as it is used. */
  export interface TessBaseApi {
    /** Zero where it has found its language. */
    Init(folder: string | null, language: string, engine: number): number
    SetVariable(name: string, value: string): boolean
    /** Takes the picture in the file `/input`; 1 where it is none. */
    SetImageFile(orientation: number, angle: number): number
    Recognize(monitor: null): number
    GetUTF8Text(): string
    /** 0 to 100. */
    MeanTextConf(): number
    Clear(): void
  }

  export interface TesseractModule {
    TessBaseAPI: new () => TessBaseApi
    FS: { writeFile(path: string, bytes: Uint8Array): void }
  }

  function create(options: {
    wasmBinary: Uint8Array
    print: (line: string) => void
    printErr: (line: string) => void
  }): Promise<TesseractModule>
  export = create
}
