export interface Options { path?: string; maxEvents?: number; maxBytes?: number }

export class Producer {
  constructor(options?: Options);
  readonly sent: number;
  readonly dropped: number;
  readonly rejected: number;
  send(type: string, data: object, metadata?: object): boolean;
  log(level: string, message: string, more?: object): boolean;
  metric(name: string, value: number, more?: object): boolean;
  task(id: string, status: string, more?: object): boolean;
  workflow(id: string, more?: object): boolean;
  will(...events: [type: string, data: object, metadata?: object][]): boolean;
  flush(ms?: number): Promise<boolean>;
  close(ms?: number): Promise<boolean>;
}
