// Terminal colours in log messages (ECMA-48 SGR): as spans of classes that the style sheet knows, and as plain text. All other
// control sequences are left out. What comes out goes into text nodes, so nothing here can become markup.

/** @typedef {{text: string, classes: string}} Run */

// CSI ... final byte; OSC ... BEL or ST; two-character escapes; other control characters but tab and line feed
const kSequence = /\u001b\[([0-9:;<=>?]*)([ -/]*)([@-~])|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|\u001b[ -/]*[0-~]?|\u009b[0-9;]*[@-~]|[\u0000-\u0008\u000b-\u001f\u007f\u0080-\u009f]/g;
const kNames = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'];

/** @param {string} text @returns {boolean} */
export function hasControls(text) {
  kSequence.lastIndex = 0;
  return kSequence.test(text);
}

/** @param {any} text @returns {string} */
export function plain(text) {
  return String(text ?? '').replace(kSequence, '');
}

/** @param {string} text @returns {Run[]} */
export function runsOf(text) {
  /** @type {Run[]} */
  const runs = [];
  const style = { fg: '', bg: '', bold: false, dim: false, italic: false, underline: false, inverse: false };
  let from = 0;
  const put = (/** @type {string} */ part) => {
    if (part) {
      runs.push({ text: part, classes: classesOf(style) });
    }
  };
  for (const match of text.matchAll(kSequence)) {
    put(text.slice(from, match.index));
    from = match.index + match[0].length;
    if (match[3] === 'm' && !/[<=>?]/.test(match[1])) {
      change(style, match[1].split(/[;:]/).map(Number));
    }
  }
  put(text.slice(from));
  return runs;
}

/** @param {any} style @param {number[]} codes */
function change(style, codes) {
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i];
    if (code === 0) {
      Object.assign(style, { fg: '', bg: '', bold: false, dim: false, italic: false, underline: false, inverse: false });
    } else if (code === 38 || code === 48) {
      const indexed = codes[i + 1] === 5;
      const name = indexed && codes[i + 2] < 16 ? `${codes[i + 2] > 7 ? 'bright-' : ''}${kNames[codes[i + 2] % 8]}` : '';
      style[code === 38 ? 'fg' : 'bg'] = name; // of 256 and of true colours only the sixteen that fit both themes
      i += indexed ? 2 : codes[i + 1] === 2 ? 4 : 0;
    } else if (code === 1 || code === 2) {
      style[code === 1 ? 'bold' : 'dim'] = true;
    } else if (code === 3 || code === 4 || code === 7) {
      style[{ 3: 'italic', 4: 'underline', 7: 'inverse' }[code]] = true;
    } else if (code === 22) {
      Object.assign(style, { bold: false, dim: false });
    } else if (code === 23 || code === 24 || code === 27) {
      style[{ 23: 'italic', 24: 'underline', 27: 'inverse' }[code]] = false;
    } else if ((code >= 30 && code <= 37) || code === 39) {
      style.fg = code === 39 ? '' : kNames[code - 30];
    } else if ((code >= 40 && code <= 47) || code === 49) {
      style.bg = code === 49 ? '' : kNames[code - 40];
    } else if (code >= 90 && code <= 97) {
      style.fg = `bright-${kNames[code - 90]}`;
    } else if (code >= 100 && code <= 107) {
      style.bg = `bright-${kNames[code - 100]}`;
    }
  }
}

/** @param {any} style */
function classesOf(style) {
  const { fg, bg } = style.inverse ? { fg: style.bg || 'inverse', bg: style.fg || 'inverse' } : style;
  return [fg && `ansi-${fg}`, bg && `ansi-on-${bg}`, ...['bold', 'dim', 'italic', 'underline'].map((name) => style[name] && `ansi-${name}`)].filter(Boolean).join(' ');
}
