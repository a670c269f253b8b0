# `Rscript made.R` in this folder: made-up data, one published table, and the answers of R to them.
# R packages: epitools (rates), survival (Kaplan-Meier), MASS (negative binomial), jsonlite.
suppressMessages({library(epitools); library(survival); library(MASS); library(jsonlite)}); set.seed(19)
out <- list(versions = sapply(c("epitools", "survival", "MASS"), function(p) as.character(packageVersion(p))))

# Intervals of Poisson numbers.
x <- c(0, 1, 2, 3, 7, 12, 25, 60, 143, 600)
exact <- function(level) { r <- sapply(x, function(one) poisson.test(one, conf.level = level)$conf.int); list(lower = r[1, ], upper = r[2, ]) }
# Byar's formula in Breslow & Day's form: R's pois.byar takes x + 1/2 for both limits.
byar <- list(lower = ifelse(x == 0, 0, x * (1 - 1 / (9 * x) - qnorm(.975) / (3 * sqrt(x)))^3), upper = (x + 1) * (1 - 1 / (9 * (x + 1)) + qnorm(.975) / (3 * sqrt(x + 1)))^3)
out$poisson <- list(events = x, exact95 = exact(.95), exact99 = exact(.99), byar95 = byar)

# Direct standardisation: Fleiss (1981), p. 249, Down syndrome by age of the mother and order of birth, as used
# by Fay & Feuer (1997).
count <- matrix(c(107,141,60,40,39,25, 25,150,110,84,82,39, 3,71,114,103,108,75, 1,26,64,89,137,96, 0,8,63,112,262,295), 6)
people <- matrix(c(230061,329449,114920,39487,14208,3052, 72202,326701,208667,83228,28466,5375, 15050,175702,207081,117300,45026,8660, 2293,68800,132424,98301,46075,9834, 327,30666,123419,149919,104088,34392), 6)
standard <- rowSums(people)
out$direct <- list(events = t(count), population = t(people), standard = standard,
  answers = t(sapply(1:5, function(i) ageadjust.direct(count[, i], people[, i], stdpop = standard)[2:4])))

# Indirect standardisation of made-up areas to their sum.
n <- matrix(round(runif(24, 200, 9000)), 4); rate <- c(.0004, .001, .003, .004, .008, .02); y <- t(apply(n, 1, function(row) rpois(6, row * rate))); y[4, ] <- 0
ref <- colSums(y) / colSums(n)
ind <- lapply(1:4, function(i) ageadjust.indirect(y[i, ], n[i, ], colSums(y), colSums(n)))
out$indirect <- list(events = rowSums(y), population = n, reference = ref, crude = sum(y) / sum(n),
  expected = sapply(ind, function(r) r$sir[["exp"]]), ratio = sapply(ind, function(r) r$sir[["sir"]]), rate = sapply(ind, function(r) r$rate[["adj.rate"]]),
  lower = sapply(1:4, function(i) poisson.test(sum(y[i, ]), ind[[i]]$sir[["exp"]])$conf.int[1]), upper = sapply(1:4, function(i) poisson.test(sum(y[i, ]), ind[[i]]$sir[["exp"]])$conf.int[2]))

# Empirical Bayes: the same likelihood is a negative binomial regression with an offset.
p <- round(exp(runif(25, log(4e3), log(9e5)))); e <- rpois(25, p * rgamma(25, 1.6, 1.6 / 4e-4)); e[7] <- 0
m <- glm.nb(e ~ 1 + offset(log(p)), control = glm.control(epsilon = 1e-12, maxit = 200)); a <- m$theta; mu <- exp(coef(m)[[1]])
out$bayes <- list(events = e, population = p, shape = a, mean = mu, value = (e + a) / (p + a / mu),
  lower = qgamma(.025, e + a, p + a / mu), upper = qgamma(.975, e + a, p + a / mu), threshold = 5e-4, above = pgamma(5e-4, e + a, p + a / mu, lower.tail = FALSE))

# Limits of a funnel (Spiegelhalter 2005, appendix A.1.1); the upper ones mirrored, which is one person higher.
exact <- function(q, d, prob) { r <- q(prob); (r - (d(r) - prob) / (d(r) - d(r - 1))) }
sizes <- c(1, 2, 5, 12, 40, 133, 700, 5000); share <- .86; per <- 3e-4; many <- c(900, 4000, 21000, 160000, 2.2e6)
probs <- c(.001, .025, .975, .999); more <- c(0, 0, 1, 1)
out$funnel <- list(sizes = sizes, share = share, rate = per, populations = many, probs = probs,
  binomial = t(sapply(sizes, function(k) pmin(1, (more + sapply(probs, function(z) max(-sum(more[probs == z]), exact(function(v) qbinom(v, k, share), function(v) pbinom(v, k, share), z)))) / k))),
  poisson = t(sapply(many, function(k) (more + sapply(probs, function(z) max(-sum(more[probs == z]), exact(function(v) qpois(v, k * per), function(v) ppois(v, k * per), z)))) / k)))
s <- round(exp(runif(30, log(15), log(900)))); o <- rbinom(30, s, plogis(qlogis(.8) + rnorm(30, 0, .5))); t0 <- sum(o) / sum(s)
v <- t0 * (1 - t0) / s; z <- (o / s - t0) / sqrt(v); w <- pmin(pmax(z, quantile(z, .1)), quantile(z, .9)); phi <- mean(w^2); g <- 1 / v
tau <- sqrt(max(0, (30 * phi - 29) / (sum(g) - sum(g^2) / sum(g))))
out$dispersion <- list(events = o, people = s, target = t0, factor = phi, between = tau, multiplicative = t0 - qnorm(.975) * sqrt(phi * v), additive = t0 - qnorm(.975) * sqrt(v + tau^2))

# Kaplan-Meier: days with ties, zeros and censoring; everybody observed; nobody; few.
curve <- function(time, status, type) {
  f <- survfit(Surv(time, status) ~ 1, conf.type = type); q <- quantile(f, c(.25, .5, .75))
  list(time = f$time, at_risk = f$n.risk, events = f$n.event, survival = f$surv, lower = f$lower, upper = f$upper, quartiles = unname(q$quantile), q_lower = unname(q$lower), q_upper = unname(q$upper))
}
t1 <- pmin(rgeom(120, .12), 30 - (1:120) %/% 6); s1 <- as.integer(rbinom(120, 1, .75) == 1); t2 <- c(1, 1, 2, 3, 3, 4, 6, 9, 9, 20); s2 <- rep(1, 10)
t3 <- c(3, 5, 8, 8); s3 <- rep(0, 4); t4 <- c(1, 2, 3, 4); s4 <- c(1, 1, 0, 0); t5 <- c(0, 0, 1, 2, 2, 7); s5 <- c(1, 0, 1, 1, 1, 0)
sets <- list(many = list(t1, s1), all = list(t2, s2), none = list(t3, s3), half = list(t4, s4), few = list(t5, s5))
out$survival <- lapply(sets, function(d) c(list(durations = d[[1]], observed = d[[2]] == 1), lapply(c(plain = "plain", log = "log", `log-log` = "log-log"), function(type) curve(d[[1]], d[[2]], type))))

# A scaled map in two pieces with an island, by R's generalised inverse.
edges <- rbind(c(1,2), c(2,3), c(3,4), c(4,1), c(1,3), c(6,7), c(7,8)); q <- matrix(0, 8, 8)
for (i in seq_len(nrow(edges))) { k <- edges[i, ]; q[k[1], k[2]] <- q[k[2], k[1]] <- -1 }
diag(q) <- -rowSums(q); q[5, 5] <- 1
for (part in list(1:4, 6:8)) q[part, part] <- q[part, part] * exp(mean(log(diag(ginv(q[part, part])))))
gamma <- 1 / sort(eigen(q)$values)[-(1:2)]; mix <- c(.001, .05, .3, .5, .9, .99)
out$map <- list(neighbours = edges - 1, areas = 8, precision = q, mixing = mix, distance = sapply(mix, function(f) sqrt(sum(f * (gamma - 1)) - sum(log(1 + f * (gamma - 1))))))
write(toJSON(out, digits = NA, auto_unbox = TRUE, na = "null"), "made.json")
