# The same as loop.dtcl. Inside a function, where Python's variables are slots, and a loop outside of one is slower.
def main():
    even = 0
    odd = 0
    i = 0
    while i < 30000000:
        if i % 2 == 0:
            even += 1
        else:
            odd += i
        i += 1
    print(even, odd)


main()
