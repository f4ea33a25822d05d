// The conformance driver for Node; README.md describes the commands.

import { createInterface } from 'node:readline';
import { Producer } from '../node/index.js';

const ringside = new Producer({ path: process.argv[2], maxEvents: Number(process.argv[3]) });

for await (const line of createInterface({ input: process.stdin })) {
  const [word, a, b, c, d] = line.split('\t');
  if (word === 'send') {
    ringside.send(a, JSON.parse(b));
  } else if (word === 'log') {
    ringside.log(a, JSON.parse(b));
  } else if (word === 'metric') {
    ringside.metric(a, b === 'nan' ? NaN : Number(b));
  } else if (word === 'task') {
    ringside.task(a, b, { name: c, progress: Number(d) });
  } else if (word === 'will') {
    ringside.will(...(a === undefined ? [] : [[a, JSON.parse(b)]]));
  } else if (word === 'burst') {
    for (let n = 0; n < Number(a); n++) {
      ringside.log('INFO', `burst ${n}`);
    }
  } else if (word === 'flush') {
    console.log(`flush ${Number(await ringside.flush(Number(a)))}`);
  } else if (word === 'stats') {
    console.log(`stats ${ringside.sent} ${ringside.dropped} ${ringside.rejected}`);
  }
}
await ringside.close();
