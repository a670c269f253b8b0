# `Rscript made.R` in this folder: made-up reporting triangles, and the answers of R's package surveillance 1.20.3.
suppressMessages(library(surveillance))
first <- as.Date("2025-01-06")
make <- function(name, seed, steps, longest, mean, p, samples, most, m = NULL) {
  set.seed(seed)
  n <- rpois(steps, mean(seq_len(steps)))
  event <- rep(seq_len(steps) - 1, n)
  delay <- pmin(rnbinom(sum(n), size = 2, prob = p), longest)
  d <- data.frame(event = first + event, report = first + event + delay)
  now <- first + steps - 1
  write.csv(as.data.frame(table(step = event, late = delay), stringsAsFactors = FALSE), "all.csv", row.names = FALSE)
  held <- read.csv("all.csv"); unlink("all.csv"); held <- held[held$Freq > 0, ]
  names(held) <- c("step", "late", "count")
  write.csv(held, sprintf("%s.csv", name), row.names = FALSE, quote = FALSE)
  when <- seq(now - longest + 1, now, by = "1 day")
  for (method in c("lawless", "bayes.notrunc", "bayes.trunc")) {
    set.seed(7)
    r <- nowcast(now = now, when = when, data = d, dEventCol = "event", dReportCol = "report", method = method, D = longest, m = m,
      control = list(dRange = c(first, now + longest), nSamples = samples, N.tInf.max = most, N.tInf.prior = structure("poisgamma", mean.lambda = sum(n) / steps, var.lambda = 50 * sum(n) / steps), predPMF = FALSE))
    at <- match(when, epoch(r))
    out <- data.frame(step = as.integer(when - first), reported = as.integer(observed(r)[at, 1]),
      expected = format(as.numeric(upperbound(r)[at, 1]), digits = 10, trim = TRUE), lower = as.numeric(r@pi[at, 1, 1]), upper = as.numeric(r@pi[at, 1, 2]))
    write.csv(out, sprintf("%s_%s.csv", name, method), row.names = FALSE, quote = FALSE)
    cdf <- delayCDF(r)[[method]]
    if (!is.null(cdf) && is.numeric(cdf) && method == "lawless")
      write.csv(data.frame(late = seq_along(as.numeric(cdf)) - 1, share = format(as.numeric(cdf), digits = 15, trim = TRUE)), sprintf("%s_share.csv", name), row.names = FALSE, quote = FALSE)
  }
}
make("level", 1, 60, 10, function(t) 0 * t + 60, 0.5, 1e4, 600)
make("rising", 2, 50, 8, function(t) 8 * exp(0.06 * t), 0.45, 1e4, 600)
make("few", 3, 70, 6, function(t) 0 * t + 6, 0.6, 2e3, 100)
