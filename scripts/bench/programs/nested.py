# The same as nested.dtcl.
def main():
    odd = 0
    others = 0
    for a in range(1, 1501):
        for b in range(a, 1501):
            square = a * a + b * b
            if square % 7 == 3 and a % 2 == 1:
                odd += 1
            elif square > 2000000 or b == a:
                others += 1
    print(odd, others)


main()
