// Ehlers' cycle measurements: the Hilbert transform and what is made of it.

import { filled, firstValue } from "./columns.js";

export const CYCLE_LONGEST = 50;

/** Mean of four values weighing 4, 3, 2, 1, from running sums. */
export function smoothPrice(source, first) {
  const made = filled(source.length, NaN);
  let plain = 0;
  let weighted = 0;
  let leaving = 0;
  for (let i = first; i < source.length; i += 1) {
    const place = i - first;
    plain += source[i];
    if (place < 3) {
      weighted += source[i] * (place + 1);
    } else {
      plain -= leaving;
      weighted += source[i] * 4;
      leaving = source[i - 3];
      made[i] = weighted * 0.1;
      weighted -= plain;
    }
  }
  return made;
}

/** Memory of one filter: for even and odd candles the last three, and the one before. */
export function hilbertFilter() {
  return [filled(3, 0), filled(3, 0), filled(2, 0), filled(2, 0)];
}

/** One step of the filter: the value a quarter of a cycle on. */
export function hilbert(memory, value, parity, slot, stretch) {
  const weighted = 0.0962 * value;
  let made = -memory[parity][slot];
  memory[parity][slot] = weighted;
  made += weighted;
  made -= memory[2][parity];
  memory[2][parity] = 0.5769 * memory[3][parity];
  made += memory[2][parity];
  memory[3][parity] = value;
  return made * stretch;
}

/** The cycle's length after one more candle, kept from jumping. */
export function nextPeriod(period, real, imaginary) {
  const before = period;
  if (imaginary !== 0 && real !== 0) {
    period = 360 / (Math.atan(imaginary / real) * (180 / (4 * Math.atan(1))));
  }
  period = Math.min(period, 1.5 * before);
  period = Math.max(period, 0.67 * before);
  period = Math.min(Math.max(period, 6), 50);
  return 0.2 * period + 0.8 * before;
}

/**
 * Columns: in-phase and quadrature part, length of the cycle, smoothed length.
 *
 * skip: candles that only smooth the price before the filters begin.
 */
export function dominantCycle(source, first, skip) {
  const size = source.length;
  const price = smoothPrice(source, first);
  const columns = Array.from({ length: 4 }, () => filled(size, NaN));
  const filters = Array.from({ length: 4 }, () => hilbertFilter());
  const delayed = [filled(2, 0), filled(2, 0)];
  let slot = 0;
  let period = 0;
  let smoothPeriod = 0;
  let iBefore = 0;
  let qBefore = 0;
  let real = 0;
  let imaginary = 0;
  for (let i = first + skip; i < size; i += 1) {
    const parity = (i - first) % 2;
    const stretch = 0.075 * period + 0.54;
    const inPhase = delayed[parity][1];
    const detrended = hilbert(filters[0], price[i], parity, slot, stretch);
    const quadrature = hilbert(filters[1], detrended, parity, slot, stretch);
    const aheadI = hilbert(filters[2], inPhase, parity, slot, stretch);
    const aheadQ = hilbert(filters[3], quadrature, parity, slot, stretch);
    if (parity === 0) {
      slot = (slot + 1) % 3;
    }
    const qNow = 0.2 * (quadrature + aheadI) + 0.8 * qBefore;
    const iNow = 0.2 * (inPhase - aheadQ) + 0.8 * iBefore;
    delayed[1 - parity][1] = delayed[1 - parity][0];
    delayed[1 - parity][0] = detrended;
    real = 0.2 * (iNow * iBefore + qNow * qBefore) + 0.8 * real;
    imaginary = 0.2 * (iNow * qBefore - qNow * iBefore) + 0.8 * imaginary;
    iBefore = iNow;
    qBefore = qNow;
    period = nextPeriod(period, real, imaginary);
    smoothPeriod = 0.33 * period + 0.67 * smoothPeriod;
    columns[0][i] = inPhase;
    columns[1][i] = quadrature;
    columns[2][i] = period;
    columns[3][i] = smoothPeriod;
  }
  return columns;
}

/** MESA adaptive moving average: MAMA, FAMA. */
export function indicatorMama(source, fastLimit, slowLimit) {
  const size = source.length;
  const first = firstValue(source);
  const [inPhase, quadrature, ,] = dominantCycle(source, first, 12);
  const quick = filled(size, NaN);
  const calm = filled(size, NaN);
  let mama = 0;
  let fama = 0;
  let phaseBefore = 0;
  const degrees = 180 / (4 * Math.atan(1));
  for (let i = first + 12; i < size; i += 1) {
    let phase = 0;
    if (inPhase[i] !== 0) {
      phase = Math.atan(quadrature[i] / inPhase[i]) * degrees;
    }
    const turned = Math.max(phaseBefore - phase, 1);
    phaseBefore = phase;
    let weight = fastLimit;
    if (turned > 1) {
      weight = Math.max(fastLimit / turned, slowLimit);
    }
    mama = weight * source[i] + (1 - weight) * mama;
    weight = weight * 0.5;
    fama = weight * mama + (1 - weight) * fama;
    if (i >= first + 32) {
      quick[i] = mama;
      calm[i] = fama;
    }
  }
  return [quick, calm];
}

/** Length of the dominant cycle in candles. */
export function indicatorHtPeriod(source) {
  const first = firstValue(source);
  const smoothPeriod = dominantCycle(source, first, 12)[3];
  return [
    Array.from({ length: source.length }, (_, i) => (i < first + 32 ? NaN : smoothPeriod[i])),
  ];
}

/** The source with its dominant cycle taken out. */
export function indicatorHtTrendline(source) {
  const size = source.length;
  const first = firstValue(source);
  const smoothPeriod = dominantCycle(source, first, 37)[3];
  const made = filled(size, NaN);
  let one = 0;
  let two = 0;
  let three = 0;
  for (let i = first + 37; i < size; i += 1) {
    const length = Math.floor(smoothPeriod[i] + 0.5);
    let mean = 0;
    for (let k = 0; k < length; k += 1) {
      mean += source[i - k];
    }
    if (length > 0) {
      mean = mean / length;
    }
    if (i >= first + 63) {
      made[i] = (4 * mean + 3 * one + 2 * two + three) / 10;
    }
    three = two;
    two = one;
    one = mean;
  }
  return [made];
}

/** Phase of the dominant cycle in degrees. phase: that of the candle before. */
export function cyclePhase(price, smoothPeriod, i, first, phase) {
  const length = Math.floor(smoothPeriod + 0.5);
  let real = 0;
  let imaginary = 0;
  for (let k = 0; k < length; k += 1) {
    const angle = (k * (Math.atan(1) * 8)) / length;
    const value = i - k >= first ? price[i - k] : 0;
    real += Math.sin(angle) * value;
    imaginary += Math.cos(angle) * value;
  }
  if (Math.abs(imaginary) > 0) {
    phase = Math.atan(real / imaginary) * (180 / (4 * Math.atan(1)));
  } else if (real < 0) {
    phase -= 90;
  } else if (real > 0) {
    phase += 90;
  }
  phase += 90 + 360 / smoothPeriod;
  if (imaginary < 0) {
    phase += 180;
  }
  return phase > 315 ? phase - 360 : phase;
}

/** Sine of the dominant cycle's phase, and of the phase 45 degrees on. */
export function indicatorHtSine(source) {
  const size = source.length;
  const first = firstValue(source);
  const price = smoothPrice(source, first);
  const smoothPeriod = dominantCycle(source, first, 37)[3];
  const sine = filled(size, NaN);
  const lead = filled(size, NaN);
  const radians = 1 / (180 / (4 * Math.atan(1)));
  let phase = 0;
  for (let i = first + 37; i < size; i += 1) {
    phase = cyclePhase(price, smoothPeriod[i], i, first + 37, phase);
    if (i >= first + 63) {
      sine[i] = Math.sin(phase * radians);
      lead[i] = Math.sin((phase + 45) * radians);
    }
  }
  return [sine, lead];
}
