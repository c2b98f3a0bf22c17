# The same as lists.dtcl.
def main():
    items = []
    for i in range(300000):
        items.append(i * 3)
    total = 0
    for i in range(300000):
        total += items[i]
    for one in items:
        total += one
    print(len(items), total)


main()
