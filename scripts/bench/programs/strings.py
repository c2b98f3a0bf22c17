# The same as strings.dtcl.
def main():
    s = ""
    for i in range(1, 200001):
        s += f"item {i};"
    print(len(s))


main()
