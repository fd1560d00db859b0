-- One step for all processes: looks at every budget of a call, and takes from all or from none.
-- KEYS: the venue's pause, then each budget. ARGV: now in ms (0: this server's clock), SLOTS, then
-- of each budget: weight, ceiling, limit, slot_ms.
-- Answers {1 if taken, ms to wait (-1: never), now in ms, which budget refused (0: the pause)}.
-- The same arithmetic as exchanges/core/budgets.py, where it is explained; a test holds them equal.
local now = tonumber(ARGV[1])
if now == 0 then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
local pause = redis.call('PTTL', KEYS[1])
if pause > 0 then return {0, pause, now, 0} end

local size = tonumber(ARGV[2]) + 1
local names = {'slot'}
for i = 0, size - 1 do names[i + 2] = i end
local states, wait, refused = {}, 0, 0

for b = 1, #KEYS - 1 do
  local at = 2 + (b - 1) * 4
  local weight, ceiling = tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
  local limit, slot_ms = tonumber(ARGV[at + 3]), tonumber(ARGV[at + 4])
  if weight > limit then return {0, -1, now, b} end
  local kept = redis.call('HMGET', KEYS[b + 1], unpack(names))
  local before = tonumber(kept[1] or 0)
  local slot = math.max(before, math.floor(now / slot_ms))
  local taken, used = {}, 0
  for age = 0, size - 1 do
    local number = slot - age
    local place = number % size
    local count = 0
    if number <= before and number > before - size then count = tonumber(kept[place + 2] or 0) end
    taken[place] = count
    used = used + count
  end
  if used + weight > ceiling and used > 0 then
    local left = used
    for age = size - 1, 0, -1 do
      left = left - taken[(slot - age) % size]
      if left + weight <= ceiling or left == 0 then
        local free = math.max(1, (slot - age + size) * slot_ms - now)
        if free > wait then wait, refused = free, b end
        break
      end
    end
  end
  states[b] = {slot, before, taken, weight, slot_ms}
end
if wait > 0 then return {0, wait, now, refused} end

for b = 1, #KEYS - 1 do
  local slot, before, taken, weight, slot_ms = unpack(states[b])
  local place = slot % size
  taken[place] = taken[place] + weight
  local changed = {place, taken[place]}
  if slot > before then
    changed[3], changed[4] = 'slot', slot
    for number = math.max(before + 1, slot - size + 1), slot - 1 do
      changed[#changed + 1] = number % size
      changed[#changed + 1] = 0
    end
  end
  redis.call('HSET', KEYS[b + 1], unpack(changed))
  if slot > before then redis.call('PEXPIRE', KEYS[b + 1], (size + 1) * slot_ms) end
end
return {1, 0, now, 0}
