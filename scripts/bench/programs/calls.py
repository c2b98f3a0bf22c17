# The same as calls.dtcl.
def fib(n):
    if n < 2:
        return n
    return fib(n - 1) + fib(n - 2)


def divisor(a, b):
    if b == 0:
        return a
    return divisor(b, a % b)


def main():
    total = 0
    for i in range(1, 50001):
        total += divisor(i, 360360)
    print(fib(28), total)


main()
