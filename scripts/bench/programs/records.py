# The same as records.dtcl.
def main():
    rows = []
    for i in range(1, 100001):
        rows.append({"name": f"server {i}", "bytes": i * 512, "good": i % 3 == 0})
    size = 0
    good = 0
    letters = 0
    for row in rows:
        size += row["bytes"]
        letters += len(row["name"])
        if row["good"]:
            good += 1
    print(size, good, letters)


main()
