-- Stores a tenant's KPIs, unless a newer revision of the same history stands there, be it of another generation: that there is this
-- revision is true, and who does not trust the rest asks Postgres.
-- KEYS[1] dashboard:kpis:<userId>
-- ARGV[1] time to live, in seconds
-- ARGV[2] the value, JSON: {"epoch": text, "revision": number, ...}
-- ARGV[3] the value's epoch
-- ARGV[4] the value's revision, a whole number
-- Returns 1 if it was stored.
local stored = redis.call('GET', KEYS[1])
if stored then
    local ok, value = pcall(cjson.decode, stored)
    if ok and type(value) == 'table' and value.epoch == ARGV[3]
        and tonumber(value.revision) and tonumber(value.revision) > tonumber(ARGV[4]) then
        return 0
    end
end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[1])
return 1
