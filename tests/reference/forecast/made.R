# `Rscript made.R` in this folder: made-up counts of nine areas, and what R's package surveillance says of them.
# R packages: surveillance (Debian's r-cran-surveillance), jsonlite. No record is real.
suppressMessages({library(surveillance); library(jsonlite)}); set.seed(22)
n <- 132; k <- 9; names <- paste0("A", 1:k)

# A map of three by three, a population, movement, and months of a seasonal disease that spreads.
at <- expand.grid(x = 1:3, y = 1:3)
adjacent <- 1 * (as.matrix(dist(at, "manhattan")) == 1); dimnames(adjacent) <- list(names, names)
orders <- as.matrix(dist(at, "manhattan")); dimnames(orders) <- list(names, names); mode(orders) <- "integer"
people <- c(120, 40, 60, 300, 90, 30, 75, 210, 50); share <- people / sum(people)
flows <- matrix(rpois(k * k, 40), k, k, dimnames = list(names, names)); diag(flows) <- 0; flows[2, ] <- 0
moves <- flows / pmax(rowSums(flows), 1)
w <- orders^-1.7; diag(w) <- 0; w <- w / rowSums(w)
y <- matrix(0, n, k, dimnames = list(NULL, names)); y[1, ] <- 3
for (t in 2:n) {
  wave <- .9 * sin(2 * pi * (t - 1) / 12) + .4 * cos(2 * pi * (t - 1) / 12)
  mu <- share * exp(3.1 + .05 * (t - 1) / 12 + wave) + .45 * y[t - 1, ] + .2 * drop(y[t - 1, ] %*% w)
  y[t, ] <- rnbinom(k, mu = mu, size = 4)
}
holed <- y; holed[c(40, 41, 77), 3] <- NA; holed[90, 7] <- NA

counts <- function(y) sts(y, start = c(2010, 1), frequency = 12, population = matrix(share, n, k, byrow = TRUE), neighbourhood = orders)
tight <- list(stop = list(tol = 1e-9, niter = 1000), regression = list(method = "nlminb", control = list(rel.tol = 1e-14, x.tol = 1e-14)))
endemic <- function(waves, trend, unit = FALSE) {
  f <- if (unit) ~ -1 + fe(1, unitSpecific = TRUE) else ~ 1
  if (trend) f <- update(f, ~ . + I(t / 12))
  if (waves) addSeason2formula(f, S = waves, period = 12) else f
}
sizes <- matrix(share, n, k, byrow = TRUE)
power <- W_powerlaw(maxlag = max(orders), normalize = TRUE, log = FALSE)
asked <- list(
  "endemic alone" = list(end = list(f = endemic(1, FALSE), offset = sizes), family = "Poisson"),
  "one area, Poisson" = list(one = TRUE, end = list(f = endemic(1, TRUE)), ar = list(f = ~ 1), family = "Poisson"),
  "neighbours" = list(end = list(f = endemic(2, TRUE), offset = sizes), ar = list(f = ~ 1), ne = list(f = ~ 1, weights = adjacent / rowSums(adjacent)), family = "NegBin1"),
  "power law" = list(end = list(f = endemic(1, TRUE), offset = sizes), ar = list(f = ~ 1), ne = list(f = ~ 1, weights = power), family = "NegBin1"),
  "power law, levels of areas" = list(end = list(f = endemic(1, TRUE, TRUE)), ar = list(f = addSeason2formula(~ 1, S = 1, period = 12)), ne = list(f = ~ 1, weights = power), family = "NegBin1"),
  "movement, a size for each area" = list(end = list(f = endemic(1, FALSE), offset = sizes), ar = list(f = ~ 1), ne = list(f = addSeason2formula(~ 1, S = 1, period = 12), weights = moves), family = "NegBinM"),
  "unknown counts" = list(holed = TRUE, end = list(f = endemic(1, FALSE), offset = sizes), ar = list(f = ~ 1), family = "NegBin1")
)
answers <- lapply(asked, function(a) {
  data <- counts(if (isTRUE(a$holed)) holed else y); if (isTRUE(a$one)) data <- data[, 4]
  a$holed <- a$one <- NULL
  a <- c(a, list(optimizer = tight))
  fit <- hhh4(data, a); fit <- update(fit, start = list(fixed = coef(fit, reparamPsi = FALSE)))
  out <- list(names = names(fit$coefficients), values = unname(fit$coefficients), errors = unname(sqrt(diag(fit$cov))), log_likelihood = as.numeric(logLik(fit)), counts = nobs(fit))
  for (type in c("first", "rolling")) if (!anyNA(observed(data))) {
    told <- oneStepAhead(fit, tp = c(119, 131), type = type, which.start = "current", verbose = FALSE)
    said <- scores(told, which = c("logs", "rps"), individual = TRUE)
    said <- array(said, c(13, ncol(data), 2))
    out[[type]] <- list(mean = unname(told$pred), log = unname(said[, , 1]), ranked = unname(said[, , 2]))
  }
  out
})

# Six steps ahead from step 120, parameters taken as known.
fit <- hhh4(counts(y), c(asked[["power law"]], list(subset = 2:120, optimizer = tight)))
ahead <- simulate(fit, nsim = 20000, seed = 1, subset = 121:126, y.start = y[120, ], simplify = TRUE)
answers[["ahead"]] <- list(values = unname(fit$coefficients), mean = unname(apply(ahead, 1:2, mean)), upper = unname(apply(ahead, 1:2, quantile, .975, type = 1)), above = unname(apply(ahead > 30, 1:2, mean)))
write(toJSON(list(version = as.character(packageVersion("surveillance")), counts = y, holed = holed, share = share, orders = unname(orders), adjacent = unname(adjacent), flows = unname(flows), answers = answers), digits = 10, auto_unbox = TRUE, na = "null"), "made.json")
