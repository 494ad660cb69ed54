-- SPDX-License-Identifier: Apache-2.0
-- For wrk: requests out of a file, and the figures as one line of JSON.
--   wrk … -s ask.lua ADDRESS -- MODE FILE [HEADERS]
-- any: paths at random; a tab and a text after a path is its If-None-Match.
-- once: the paths in order, each once, shared out among the threads (from the start again at the end).
-- post: bodies at random, sent as JSON to the address itself.
-- HEADERS: a file with a header a line, so that no key stands in an argument.
local threads = 0

function setup(thread)
	thread:set("number", threads)
	threads = threads + 1
end

function init(args)
	mode = args[1]
	requests = {}
	math.randomseed(number * 7919 + 17)
	for line in args[3] and io.lines(args[3]) or function() end do
		local name, value = line:match("^([^:]+): (.*)$")
		wrk.headers[name] = value
	end
	local i = 0
	for line in io.lines(args[2]) do
		local headers = {}
		for name, value in pairs(wrk.headers) do headers[name] = value end
		if mode == "post" then
			headers["Content-Type"] = "application/json"
			requests[#requests + 1] = wrk.format("POST", nil, headers, line)
		else
			local path, tag = line:match("^([^\t]+)\t?(.*)$")
			if tag ~= "" then headers["If-None-Match"] = tag end
			-- both threads of a run with `once` have every second path
			if mode ~= "once" or i % 2 == number % 2 then
				requests[#requests + 1] = wrk.format("GET", path, headers)
			end
		end
		i = i + 1
	end
	at = 0
end

function request()
	if mode == "once" then
		at = at % #requests + 1
		return requests[at]
	end
	return requests[math.random(#requests)]
end

function done(summary, latency)
	local e = summary.errors
	io.write(string.format('BENCH {"requests":%d,"duration_us":%d,"bytes":%d,"status":%d,"connect":%d,"read":%d,"write":%d,' ..
		'"timeout":%d,"mean_us":%.1f,"p50_us":%d,"p90_us":%d,"p99_us":%d,"max_us":%d}\n',
		summary.requests, summary.duration, summary.bytes, e.status, e.connect, e.read, e.write, e.timeout,
		latency.mean, latency:percentile(50), latency:percentile(90), latency:percentile(99), latency.max))
end
