# The same as texts.dtcl.
def main():
    found = 0
    letters = 0
    for i in range(1, 100001):
        line = f" server {i},/srv/sales/{i},OK,ready "
        parts = line.strip().split(",")
        if "99" in parts[1] and parts[0].startswith("server"):
            found += 1
        again = ";".join(parts)
        letters += len(again.upper().replace("SALES", "ACCOUNTS"))
    print(found, letters)


main()
